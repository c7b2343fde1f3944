std = "lua54"
max_line_length = 100
include_files = { "lua", "scripts", "spec", "tests/tools" }
files["spec"] = { std = "lua54+busted" }
