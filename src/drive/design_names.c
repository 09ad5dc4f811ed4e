// SPDX-License-Identifier: GPL-3.0-or-later
// design_names.c - names as people give them, by role, each once in a system.
//
// What stands behind a service is called after it (orders-db, orders-cache), as people do, so a
// name tells nothing that the graph does not.
#include "base/rng.h"
#include "drive/design.h"

#include <stdio.h>
#include <string.h>

#define COUNT(list) ((uint32_t)(sizeof(list) / sizeof *(list)))

static const char *const entries[] = {"gateway", "web",    "frontend", "edge",  "api",
                                      "router",  "portal", "ingress",  "front", "bff"};
// more than a system has services, so that two of them differ in what they have
static const char *const services[] = {
    "accounts",  "ads",       "alerts",   "audit",     "auth",      "baskets",   "billing",
    "booking",   "campaigns", "carts",    "catalogue", "chat",      "checkout",  "claims",
    "comments",  "consent",   "contacts", "coupons",   "credit",    "currency",  "customers",
    "delivery",  "devices",   "discount", "documents", "feed",      "fleet",     "follows",
    "forecasts", "fraud",     "geo",      "images",    "inventory", "invoices",  "ledger",
    "limits",    "locations", "login",    "loyalty",   "mail",      "media",     "messages",
    "news",      "notes",     "offers",   "orders",    "partners",  "payments",  "pricing",
    "profiles",  "quotes",    "ratings",  "refunds",   "reports",   "returns",   "reviews",
    "rides",     "rooms",     "routes",   "scores",    "search",    "seats",     "sessions",
    "shipping",  "stock",     "suggest",  "tax",       "texts",     "tickets",   "timeline",
    "tracking",  "transfers", "uploads",  "users",     "vouchers",  "warehouse", "wishlist"};
static const char *const databases[] = {"db", "store", "sql", "pg", "table", "docs", "index"};
static const char *const caches[] = {"cache", "redis", "mem", "kv"};
static const char *const queues[] = {"events", "jobs", "stream", "outbox", "log", "tasks"};
static const char *const externals[] = {
    "card-gateway", "sms-provider", "mail-relay", "maps-api",  "tax-api",  "rates-api",
    "id-provider",  "carrier-api",  "cdn-origin", "model-api", "bank-api", "push-api"};

static bool taken(const design *d, int s)
{
    for (int i = 0; i < s; i++)
        if (strcmp(d->names[i], d->names[s]) == 0)
            return true;
    return false;
}

// The first service that calls it.
static int owner(const design *d, int s)
{
    for (int e = 0; e < d->system.E; e++)
        if (d->edge[e].callee == s)
            return d->edge[e].caller;
    return 0;
}

static void suggest(const design *d, rng *r, int s, char *out)
{
    const char *of = d->names[owner(d, s)];
    const char *what = services[rng_below(r, COUNT(services))];
    switch (d->service[s].kind) {
    case TEND_DATABASE:
        snprintf(out, DESIGN_NAME_MAX, "%.24s-%s", of, databases[rng_below(r, COUNT(databases))]);
        return;
    case TEND_CACHE:
        snprintf(out, DESIGN_NAME_MAX, "%.24s-%s", of, caches[rng_below(r, COUNT(caches))]);
        return;
    case TEND_QUEUE:
        snprintf(out, DESIGN_NAME_MAX, "%.24s-%s", of, queues[rng_below(r, COUNT(queues))]);
        return;
    case TEND_EXTERNAL:
        what = externals[rng_below(r, COUNT(externals))];
        break;
    case TEND_SERVICE:
        if (s == 0)
            what = entries[rng_below(r, COUNT(entries))];
        break;
    case TEND_SERVICE_KINDS:
        break;
    }
    snprintf(out, DESIGN_NAME_MAX, "%s", what);
}

void design_names(const rng *from, design *d)
{
    for (int s = 0; s < d->system.S; s++) {
        rng r = rng_split(from, "name", (uint64_t)s);
        // a few tries; then a number makes it the only one
        for (int i = 0; i < 8; i++) {
            suggest(d, &r, s, d->names[s]);
            if (!taken(d, s))
                break;
        }
        size_t length = strlen(d->names[s]);
        for (int n = 2; taken(d, s); n++)
            snprintf(d->names[s] + length, DESIGN_NAME_MAX - length, "%d", n);
        d->service[s].name = d->names[s];
    }
}
