--- What the specs of the kit itself have in common.

local assert = require "luassert"
local kit = require "spec.support.kit"

local selftest = {}

--- Both ends of a connection.
-- @tparam ?table options of `kit.listener`
-- @treturn conn who connected
-- @treturn conn who was accepted
-- @treturn listener
function selftest.pair(options)
  local listener = kit.listener(options)
  local client = kit.connect(listener.addr)
  return client, listener:accept(), listener
end

--- RUN must raise a message which says WHY, and which points at one of its own lines.
-- @tparam string why
-- @tparam function run
function selftest.assert_fails(why, run)
  local ok, message = pcall(run)
  assert.is_false(ok, "nothing was raised")
  assert.truthy(message:find(why, 1, true), message)
  local info = debug.getinfo(run, "S")
  local file, line = message:match("^([^\n]-):(%d+): ")
  assert.equal(info.short_src, file, message)
  line = math.tointeger(line)
  assert.is_true(info.linedefined <= line and line <= info.lastlinedefined, message)
end

return selftest
