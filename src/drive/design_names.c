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

// NULL: not called after its owner.
static const char *ending(tend_service_kind kind, rng *r)
{
    switch (kind) {
    case TEND_DATABASE:
        return databases[rng_below(r, COUNT(databases))];
    case TEND_CACHE:
        return caches[rng_below(r, COUNT(caches))];
    case TEND_QUEUE:
        return queues[rng_below(r, COUNT(queues))];
    case TEND_SERVICE:
    case TEND_EXTERNAL:
    case TEND_SERVICE_KINDS:
        break;
    }
    return NULL;
}

static void suggest(const design *d, rng *r, int s, char out[DESIGN_NAME_MAX])
{
    const char *end = ending(d->service[s].kind, r);
    bool outside = d->service[s].kind == TEND_EXTERNAL;
    if (end)
        snprintf(out, DESIGN_NAME_MAX, "%.24s-%s", d->names[owner(d, s)], end);
    else
        snprintf(out, DESIGN_NAME_MAX, "%s",
                 outside  ? externals[rng_below(r, COUNT(externals))]
                 : s == 0 ? entries[rng_below(r, COUNT(entries))]
                          : services[rng_below(r, COUNT(services))]);
}

void design_names(const rng *from, design *d)
{
    for (int s = 0; s < d->system.S; s++) {
        rng r = rng_split(from, "name", (uint64_t)s);
        // a few tries; then a number makes it the only one
        for (int i = 0; i < 8; i++) {
            char name[DESIGN_NAME_MAX];
            suggest(d, &r, s, name);
            memcpy(d->names[s], name, sizeof name);
            if (!taken(d, s))
                break;
        }
        size_t length = strlen(d->names[s]);
        for (int n = 2; taken(d, s); n++)
            snprintf(d->names[s] + length, DESIGN_NAME_MAX - length, "%d", n);
        d->service[s].name = d->names[s];
    }
}
