std = "lua54"
max_line_length = 100
include_files = { "lua", "scripts", "spec", "tests/tools", "tests/bench" }
files["spec"] = { std = "lua54+busted" }
files["tests/bench/wrk.lua"] = { globals = { "wrk", "init", "done" } }
