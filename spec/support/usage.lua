--- What a child uses of the machine.

local loop = require "spec.support.loop"
local uv = require "spec.support.uv"

local usage = {}

local function ticks(child)
  local file = assert(io.open(("/proc/%d/stat"):format(child.pid)))
  local user, system = file:read("a"):match("%) " .. ("%S+ "):rep(11) .. "(%d+) (%d+)")
  file:close()
  return user + system
end

--- The share of a core that a child takes while SECONDS pass.
-- @tparam process child
-- @tparam number seconds
-- @treturn number 0 to 1
function usage.cpu(child, seconds)
  local before = ticks(child)
  loop.lapse(seconds, function() return false end)
  return (ticks(child) - before) / 100 / seconds
end

--- How many descriptors of a kind a child has.
-- @tparam process child
-- @tparam string kind "socket", "pipe" …: how the links begin, see proc(5)
-- @treturn number
function usage.descriptors(child, kind)
  local folder, n = ("/proc/%d/fd"):format(child.pid), 0
  for name in uv.fs_scandir_next, (assert(uv.fs_scandir(folder))) do
    local target = uv.fs_readlink(folder .. "/" .. name)
    if target and target:find("^" .. kind) then n = n + 1 end
  end
  return n
end

--- Bytes of address space that a child has.
-- @tparam process child
-- @treturn number
function usage.address_space(child)
  for line in io.lines(("/proc/%d/status"):format(child.pid)) do
    local kilobytes = line:match "^VmSize:%s+(%d+) kB"
    if kilobytes then return tonumber(kilobytes) * 1024 end
  end
end

return usage
