// SPDX-License-Identifier: GPL-3.0-or-later
// price.c - seconds of breach from the judge's parameters, ticks from the system.
#include "drive/price.h"

#include <tend/engine.h>
#include <tend/words.h>

tend_rc price_actions(const tend_system *system, double *price, tend_err *err)
{
    tend_config *usual;
    tend_rc rc = tend_config_new(&usual, err);
    if (rc != TEND_OK)
        return rc;
    price[0] = 0;
    for (int a = 1; a < system->A; a++)
        price[a] =
            tend_config_number(usual, "judge", tend_action_row(system->actions[a].kind)->cost) /
            system->step_s;
    tend_config_free(usual);
    return TEND_OK;
}
