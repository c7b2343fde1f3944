--- How many descriptors a child may open while it runs.

local failure = require "spec.support.failure"
local process = require "spec.support.process"
local uv = require "spec.support.uv"

local descriptors = {}

-- The numbers of those that are open, as a set.
local function open_ones(child)
  local open = {}
  for name in uv.fs_scandir_next, (assert(uv.fs_scandir(("/proc/%d/fd"):format(child.pid)))) do
    open[tonumber(name)] = true
  end
  return open
end

-- As many as a process can have at all.
local function hard_limit(pid)
  local file = assert(io.open(("/proc/%d/limits"):format(pid)))
  local hard = file:read("a"):match("Max open files +%d+ +(%d+)")
  file:close()
  return hard
end

local function set_soft_limit(child, limit)
  local words = { "prlimit", "--pid", child.pid, ("--nofile=%s:"):format(limit) }
  if process.spawn(words):wait_exit() ~= 0 then
    failure.raise("cannot set the limit of " .. child.title)
  end
end

--- Allows a child N descriptors more than it has now, and no others. Those that it closes can be
-- opened again.
-- @tparam process child
-- @tparam number n
function descriptors.leave(child, n)
  local open = open_ones(child)
  local limit = -1
  for _ = 0, n do
    repeat limit = limit + 1 until not open[limit]
  end
  set_soft_limit(child, limit)
end

--- Allows a child as many as it can have at all.
-- @tparam process child
function descriptors.give_back(child)
  set_soft_limit(child, hard_limit(child.pid))
end

--- Allows the spec itself, and those children that it starts then, as many as there can be.
function descriptors.raise_own()
  descriptors.give_back { pid = math.tointeger(uv.os_getpid()), title = "the spec" }
end

return descriptors
