/*
 * query: the parameters behind the question mark, name=value&name=value.
 */
#include "query.h"

bool query_next(struct slice *query, struct query_pair *pair)
{
    struct slice rest;

    if (!slice_cut(query, '&', &rest))
        return false;

    pair->name = (struct slice){ rest.at, 0 };
    slice_cut(&rest, '=', &pair->name);
    pair->value = rest;
    return true;
}

static bool is_escape(struct slice s, size_t at)
{
    return s.at[at] == '%' && s.len - at > 2 && slice_hex(s.at[at + 1]) >= 0 &&
           slice_hex(s.at[at + 2]) >= 0;
}

size_t query_decode(struct slice s, char *into)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (!is_escape(s, i)) {
            into[n++] = s.at[i];
            continue;
        }
        into[n++] = (char)(slice_hex(s.at[i + 1]) << 4 | slice_hex(s.at[i + 2]));
        i += 2;
    }
    return n;
}
