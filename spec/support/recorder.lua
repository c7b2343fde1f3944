-- A backend as a process of its own, which notes the numbers of POSTs before it answers.
-- usage: lua5.4 spec/support/recorder.lua PORT FILE

package.path = "./?.lua;" .. package.path
local kit = require "spec.support.kit"

local notes = assert(io.open(arg[2], "a"))
notes:setvbuf "no"

local backend = kit.backend { port = tonumber(arg[1]), handler = function(request)
  if request.method == "POST" then notes:write(request.fields["x-number"] .. "\n") end
  return "noted"
end }
io.stderr:write("listening on ", backend.addr, "\n")
kit.until_true(function() return false end, "the end", math.huge)
