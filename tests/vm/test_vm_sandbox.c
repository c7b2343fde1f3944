/* What of the world a script can reach. */
#include "scripts.h"
#include "support/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

TEST(nothing_that_leads_out_is_there)
{
    static const char *const names[] = {
        "io",
        "debug",
        "dofile",
        "loadfile",
        "collectgarbage",
        "os.execute",
        "os.exit",
        "os.remove",
        "os.rename",
        "os.setlocale",
        "os.tmpname",
        "string.dump",
        "package.loadlib",
        "package.cpath",
        "package.searchers[3]",
        "package.loaded.io",
        "package.loaded.debug",
        "package.preload.io",
        "_G._G.io",
        "('').dump",
        "getmetatable('').__index.dump",
    };
    struct vm vm;

    script_begin(&vm);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[100];

        sprintf(text, "return %s", names[i]);
        ck_assert_msg(strcmp(script_text(&vm, text), "nil") == 0, "%s", names[i]);
    }
    script_end(&vm);
}

TEST(what_is_harmless_is_there)
{
    static const char *const names[] = {
        "assert",    "error",      "getmetatable", "ipairs",       "load",           "next",
        "pairs",     "pcall",      "print",        "rawequal",     "rawget",         "rawlen",
        "rawset",    "require",    "select",       "setmetatable", "tonumber",       "tostring",
        "type",      "xpcall",     "os.time",      "os.date",      "os.clock",       "os.difftime",
        "os.getenv", "math.floor", "string.rep",   "table.sort",   "coroutine.wrap", "utf8.char",
    };
    struct vm vm;

    script_begin(&vm);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[100];

        sprintf(text, "return type(%s)", names[i]);
        ck_assert_msg(strcmp(script_text(&vm, text), "function") == 0, "%s", names[i]);
    }
    ck_assert_str_eq(script_text(&vm, "return _VERSION"), "Lua 5.4");
    script_end(&vm);
}

TEST(whoever_says_unsafe_gets_all_of_it)
{
    static const char *const scripts[] = {
        "return io.open('/dev/null'):read('a')",
        "return debug.getinfo(1).currentline == 1 and '' or nil",
        "return os.execute ~= nil and os.remove ~= nil and ''",
        "return package.loadlib ~= nil and package.cpath ~= nil and #package.searchers == 4 and ''",
        "return load(string.dump(function() return '' end), 'name', 'b')()",
        "setmetatable({}, { __gc = function() end }) collectgarbage() return ''",
    };
    struct vm vm;

    ck_assert_int_eq(vm_open(&vm, VM_MEMORY, true), OK);
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
        ck_assert_str_eq(script_text(&vm, scripts[i]), "");
    ck_assert_int_eq(script_run(&vm, "return function() while true do pcall(error) end end"), OK);
    ck_assert_int_eq(vm_call(&vm, 0, 0), ERR_SCRIPT);
    ck_assert(vm.runaway);
    lua_pop(vm.L, 1);
    script_end(&vm);
}

TEST(what_is_not_there_cannot_be_required)
{
    static const char *const names[] = { "io", "debug", "ffi", "lfs", "socket.core" };
    struct vm vm;

    script_begin(&vm);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[100];

        sprintf(text, "return pcall(require, '%s')", names[i]);
        ck_assert_str_eq(script_text(&vm, text), "false");
    }
    script_end(&vm);
}

static int append(lua_State *L, const void *bytes, size_t size, void *file)
{
    (void)L;
    return fwrite(bytes, 1, size, file) == size ? 0 : 1;
}

/* Writes a bytecode that returns "run" to the file at PATH. */
static void write_bytecode(const char *path)
{
    lua_State *L = luaL_newstate();
    FILE *file = fopen(path, "w");

    ck_assert_int_eq(luaL_loadstring(L, "return 'run'"), LUA_OK);
    ck_assert_int_eq(lua_dump(L, append, file, 1), 0);
    fclose(file);
    lua_close(L);
}

/* A folder of its own, with the file NAME in it. Gives the path of the file. */
static const char *make_folder(char *folder, const char *name)
{
    static char path[200];

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

TEST(bytecode_is_no_script)
{
    char folder[] = "/tmp/luaproxy-test-XXXXXX";
    const char *path = make_folder(folder, "script.lua");
    struct vm vm;

    write_bytecode(path);
    script_begin(&vm);
    ck_assert_int_eq(vm_run_file(&vm, path, NULL, 0), ERR_SCRIPT);
    ck_assert_ptr_nonnull(strstr(lua_tostring(vm.L, -1), "attempt to load a binary chunk"));
    lua_pop(vm.L, 1);
    script_end(&vm);
    unlink(path);
    rmdir(folder);
}

TEST(a_pipe_is_no_module)
{
    char folder[] = "/tmp/luaproxy-test-XXXXXX";
    const char *path = make_folder(folder, "module.lua");
    struct vm vm;

    ck_assert_int_eq(mkfifo(path, 0600), 0);
    script_begin(&vm);
    ck_assert_int_eq(vm_set_path(&vm, path, NULL), OK);
    ck_assert_str_eq(script_text(&vm, "return pcall(require, 'module')"), "false");
    ck_assert_str_eq(script_text(&vm, "return package.searchpath('module', package.path)"), "nil");
    script_end(&vm);
    unlink(path);
    rmdir(folder);
}

TEST(what_was_looked_for_in_vain_is_named)
{
    struct vm vm;

    script_begin(&vm);
    ck_assert_str_eq(script_text(&vm, "return select(2, package.searchpath('a.b', '/no/?;/?/no'))"),
                     "no file '/no/a/b'\n\tno file '/a/b/no'");
    ck_assert_str_eq(
        script_text(&vm, "return select(2, package.searchpath('a-b', '/no/?', '-', '+'))"),
        "no file '/no/a+b'");
    ck_assert_str_eq(script_text(&vm, "return pcall(package.searchpath, 'a', ('?;'):rep(101))"),
                     "false");
    script_end(&vm);
}

TEST(bytecode_cannot_be_required)
{
    char folder[] = "/tmp/luaproxy-test-XXXXXX";
    const char *path = make_folder(folder, "module.lua");
    struct vm vm;

    write_bytecode(path);
    script_begin(&vm);
    ck_assert_int_eq(vm_set_path(&vm, path, NULL), OK);
    ck_assert_str_eq(script_text(&vm, "return pcall(require, 'module')"), "false");
    script_end(&vm);
    unlink(path);
    rmdir(folder);
}

TEST(bytecode_cannot_be_loaded)
{
    static const char *const loads[] = {
        "load(code)",
        "load(code, 'name', 'b')",
        "load(code, 'name', 'bt', {})",
        "load(function() local c = code code = nil return c end)",
        "load(function() local c = code code = nil return c end, 'name', 'b')",
    };
    char folder[] = "/tmp/luaproxy-test-XXXXXX";
    const char *path = make_folder(folder, "code");
    char code[1000];
    FILE *file;
    size_t size;
    struct vm vm;

    write_bytecode(path);
    file = fopen(path, "r");
    size = fread(code, 1, sizeof code, file);
    fclose(file);
    unlink(path);
    rmdir(folder);
    script_begin(&vm);
    for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++) {
        char text[200];

        lua_pushlstring(vm.L, code, size);
        lua_setglobal(vm.L, "code");
        sprintf(text, "return (%s)", loads[i]);
        ck_assert_msg(strcmp(script_text(&vm, text), "nil") == 0, "%s", loads[i]);
    }
    script_end(&vm);
}

TEST(text_can_be_loaded_as_ever)
{
    static const struct {
        const char *script;
        const char *result;
    } cases[] = {
        { "return load('return 1 + 1')()", "2" },
        { "return load('return ...', 'name')(3)", "3" },
        { "return load('return x', 'name', 't', { x = 4 })()", "4" },
        { "return load('return x', 'name', 'bt', { x = 5 })()", "5" },
        { "return type(load('return x', nil, nil, nil))", "function" },
        { "return pcall(load('return x.y', 'name', 't', nil))", "false" },
        { "x = 6 return load('return x')()", "6" },
        { "local t = { 'return ', '7' } local i = 0\n"
          "return load(function() i = i + 1 return t[i] end)()",
          "7" },
        { "return select('#', load('= 1'))", "2" },
        { "return (select(2, load('= 1', '=name')))", "name:1: unexpected symbol near '='" },
        { "return pcall(load)", "false" },
    };
    struct vm vm;

    script_begin(&vm);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_str_eq(script_text(&vm, cases[i].script), cases[i].result);
    script_end(&vm);
}

/* ---- Modules ---- */

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[300];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

TEST(modules_are_found_beside_the_script_above_it_and_in_the_library)
{
    static const char *const files[][2] = {
        { "scripts/beside.lua", "beside" },     { "above.lua", "above" },
        { "lib/plain.lua", "plain" },           { "lib/whole/init.lua", "whole" },
        { "lib/whole/part.lua", "whole.part" },
    };
    static const char *const folders[] = { "scripts", "lib", "lib/whole" };
    char folder[] = "/tmp/luaproxy-test-XXXXXX";
    char script[100];
    char library[100];
    char path[200];
    struct vm vm;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, folders[i]);
        ck_assert_int_eq(mkdir(path, 0700), 0);
    }
    for (int i = 0; i < 5; i++)
        write_file(folder, files[i][0], "return 'from ' .. ...");
    snprintf(script, sizeof script, "%s/scripts/main.lua", folder);
    snprintf(library, sizeof library, "%s/lib", folder);
    script_begin(&vm);
    ck_assert_int_eq(vm_set_path(&vm, script, library), OK);
    for (int i = 0; i < 5; i++) {
        char text[100];
        char expected[100];

        sprintf(text, "return (require('%s'))", files[i][1]);
        sprintf(expected, "from %s", files[i][1]);
        ck_assert_str_eq(script_text(&vm, text), expected);
    }
    script_end(&vm);
    for (int i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i][0]);
        unlink(path);
    }
    for (int i = 2; i >= 0; i--) {
        snprintf(path, sizeof path, "%s/%s", folder, folders[i]);
        rmdir(path);
    }
    rmdir(folder);
}

TEST(modules_are_looked_for_nowhere_else)
{
    struct vm vm;

    script_begin(&vm);
    ck_assert_int_eq(vm_set_path(&vm, "main.lua", NULL), OK);
    ck_assert_str_eq(script_text(&vm, "return package.path"), "?.lua;../?.lua");
    ck_assert_int_eq(vm_set_path(&vm, "/etc/proxy/main.lua", "/usr/share/l"), OK);
    ck_assert_str_eq(script_text(&vm, "return package.path"),
                     "/etc/proxy/?.lua;/etc/proxy/../?.lua;/usr/share/l/?.lua;"
                     "/usr/share/l/?/init.lua");
    script_end(&vm);
}

TEST(a_module_that_does_not_load_says_why)
{
    char folder[] = "/tmp/luaproxy-test-XXXXXX";
    const char *path = make_folder(folder, "module.lua");
    struct vm vm;

    write_file(folder, "module.lua", "\nx = = 1");
    script_begin(&vm);
    vm_set_path(&vm, path, NULL);
    ck_assert_ptr_nonnull(
        strstr(script_text(&vm, "require('module')"), "module.lua:2: unexpected symbol"));
    ck_assert_ptr_nonnull(strstr(script_text(&vm, "require('other')"), "module 'other' not found"));
    script_end(&vm);
    unlink(path);
    rmdir(folder);
}

SUITE(vm_sandbox, nothing_that_leads_out_is_there, what_is_harmless_is_there,
      whoever_says_unsafe_gets_all_of_it, what_is_not_there_cannot_be_required, a_pipe_is_no_module,
      what_was_looked_for_in_vain_is_named, bytecode_is_no_script, bytecode_cannot_be_required,
      bytecode_cannot_be_loaded, text_can_be_loaded_as_ever,
      modules_are_found_beside_the_script_above_it_and_in_the_library,
      modules_are_looked_for_nowhere_else, a_module_that_does_not_load_says_why);
