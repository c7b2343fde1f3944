--- Backends that can be killed: processes of their own, which note what they have got.

local kit = require "spec.support.kit"

local mortal = {}
mortal.__index = mortal

--- Starts one.
-- @treturn mortal with `.addr`
function mortal.new()
  local port = kit.closed_port()
  local self = setmetatable({ port = port, addr = "127.0.0.1:" .. port }, mortal)
  self.notes = kit.file("", "notes")
  self:start()
  return self
end

--- Has it serve, again if it was killed.
function mortal:start()
  self.process = kit.spawn { "lua5.4", "spec/support/recorder.lua", self.port, self.notes }
  self.process:wait_line "listening"
end

--- Kills it, whatever it is doing.
function mortal:stop()
  self.process:kill()
end

--- What it has got, killed or not.
-- @treturn {string,...} the numbers of POSTs
function mortal:posts()
  local list = {}
  for line in io.lines(self.notes) do list[#list + 1] = line end
  return list
end

return mortal
