/* Where the files are that come with luaproxy. */
#include "app/places.h"

#include "base/mem.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The folder of the running binary, without a slash at its end. */
static const char *own_folder(char path[PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
    char *slash;

    if (len < 0)
        return ".";
    path[len] = '\0';
    slash = strrchr(path, '/');
    if (slash != NULL)
        *slash = '\0';
    return path;
}

char *places_find(const char *name)
{
    static const char *const between[] = { "", "/../share/luaproxy" };
    char own[PATH_MAX];
    char path[2 * PATH_MAX];
    const char *folder = own_folder(own);

    for (size_t i = 0; i < sizeof between / sizeof between[0]; i++) {
        snprintf(path, sizeof path, "%s%s/%s", folder, between[i], name);
        if (access(path, R_OK) == 0)
            return mem_copy(span_of(path));
    }
    return NULL;
}
