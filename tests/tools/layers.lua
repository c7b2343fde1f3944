-- Proves that core/ is a DAG of five ranks: prints every include, name or circle that breaks a rule
-- of ranks.lua.
-- usage: lua5.4 tests/tools/layers.lua [FOLDER]

package.path = arg[0]:match("^(.-)[^/]*$") .. "?.lua;" .. package.path

local ranks = require("ranks")
local source = require("source")

local files = source.read_all(arg[1] or "core")
local result = ranks.check(files)

for _, violation in ipairs(result.violations) do print(violation) end
local others = result.other > 0 and (", %d other"):format(result.other) or ""
print(("layers: %d files, %d upward, %d sideways, %d circles%s"):format(
  #files, result.upward, result.sideways, result.circles, others))
os.exit(#files > 0 and #result.violations == 0)
