--- What the kernel says a process and its children have used.

local usage = {}

local function read(path)
  local file = io.open(path)
  local text = file and file:read("a")
  if file then file:close() end
  return text or ""
end

-- The process and all its descendants.
local function family(pid, list)
  list = list or {}
  list[#list + 1] = pid
  for child in read(("/proc/%d/task/%d/children"):format(pid, pid)):gmatch("%d+") do
    family(math.tointeger(child), list)
  end
  return list
end

-- utime and stime in ticks of 10 ms: how it is split, but too coarse for how much it is.
local function ticks_of(pid)
  local fields = read(("/proc/%d/stat"):format(pid)):match("%) (.*)") or ""
  local user, system = fields:match("^%S " .. ("%S+ "):rep(10) .. "(%d+) (%d+)")
  return math.tointeger(user) or 0, math.tointeger(system) or 0
end

--- CPU time so far.
-- @tparam number pid
-- @treturn table `total`: seconds, to the nanosecond; `user` and `system`: ticks
function usage.cpu(pid)
  local sum = { total = 0, user = 0, system = 0 }
  for _, id in ipairs(family(pid)) do
    local nanoseconds = read(("/proc/%d/schedstat"):format(id)):match("^%d+") or 0
    local user, system = ticks_of(id)
    sum.total = sum.total + nanoseconds / 1e9
    sum.user, sum.system = sum.user + user, sum.system + system
  end
  return sum
end

--- What was used from one moment to another.
-- @tparam table before of `usage.cpu`
-- @tparam table after of `usage.cpu`
-- @treturn table `total`, `user`, `system`: seconds
function usage.between(before, after)
  local total = after.total - before.total
  local user, system = after.user - before.user, after.system - before.system
  local share = user + system > 0 and user / (user + system) or 0
  return { total = total, user = total * share, system = total * (1 - share) }
end

--- Resident memory.
-- @tparam number pid
-- @treturn number bytes
function usage.memory(pid)
  local sum = 0
  for _, id in ipairs(family(pid)) do
    sum = sum + 1024 * (read(("/proc/%d/status"):format(id)):match("VmRSS:%s*(%d+)") or 0)
  end
  return sum
end

return usage
