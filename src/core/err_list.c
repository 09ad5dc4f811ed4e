// SPDX-License-Identifier: GPL-3.0-or-later
// err_list.c - noting one fault after another.
#include "core/err_list.h"

#include <string.h>

tend_rc err_note(err_list *list, tend_rc rc, const tend_err *err)
{
    if (rc != TEND_INPUT || !list)
        return rc;
    // two readers of one file meet the same fault: it is told once
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->item[i].text, err->text) == 0)
            return TEND_OK;
    if (list->count == ERR_LIST_MOST)
        return rc;
    list->item[list->count++] = *err;
    return TEND_OK;
}

int err_noted(const err_list *list)
{
    return list ? list->count : 0;
}
