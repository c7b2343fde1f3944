--- What the figures were taken with and on: a benchmark without that is hearsay.

local kit = require "spec.support.kit"

local machine = {}

local SPARE_FILES = 1000

-- What a command says, of both streams; nil if there is no such command.
local function say(...)
  local ok, _, out, err = pcall(kit.run, { ... })
  return ok and (out .. err) or nil
end

local function binary()
  return os.getenv "LUAPROXY" or "./luaproxy"
end

local function cpu_model()
  for line in io.lines("/proc/cpuinfo") do
    local model = line:match("^model name%s*:%s*(.*)")
    if model then return model end
  end
  return "an unknown CPU"
end

--- The commit that is measured.
-- @treturn string for instance "28d9088", with "+" behind it if files were changed since
function machine.commit()
  local text = say("git", "describe", "--always", "--dirty=+", "--exclude=*")
  return text and text:match("^(%x+%+?)\n") or "unknown"
end

--- The version of luaproxy.
-- @treturn string
function machine.version()
  local text = say(binary(), "--version")
  return text and text:match("luaproxy (%S+)") or "unknown"
end

--- Who made the binary of luaproxy, and how, as the binary itself says: "GNU C11 12.2.0 … -O2 …".
-- Two binaries of which that is not the same cannot be compared by the instruction.
-- @treturn string
function machine.compiler()
  local file = assert(io.open(binary(), "rb"))
  local bytes = file:read("a")
  file:close()
  local text = bytes:match("GNU C%d+ [%g ]+") or bytes:match("[%g ]*clang version [%g ]+")
    or bytes:match("GCC: [%g ]+") or "an unknown compiler"
  return (text:gsub(",", ";"))
end

--- The CPUs this process may use.
-- @treturn {number,...}
function machine.cpus()
  local list = {}
  for line in io.lines("/proc/self/status") do
    for from, to in (line:match("^Cpus_allowed_list:%s*(.*)") or ""):gmatch("(%d+)%-?(%d*)") do
      for cpu = math.tointeger(from), math.tointeger(to) or math.tointeger(from) do
        list[#list + 1] = cpu
      end
    end
  end
  return list
end

--- How busy the machine has been for a minute: what else runs makes figures worse.
-- @treturn number
function machine.load()
  local file = assert(io.open("/proc/loadavg"))
  local load = file:read("n")
  file:close()
  return load
end

--- How many clients there can be: a proxy may need two descriptors for each.
-- @treturn number
function machine.most_clients()
  local pipe = assert(io.popen("ulimit -n"))
  local limit = math.tointeger(tonumber(pipe:read("l"))) or math.maxinteger   -- or "unlimited"
  pipe:close()
  return (limit - SPARE_FILES) // 2
end

--- A few lines for the head of a report.
-- @treturn {string,...}
function machine.describe()
  local function version(pattern, ...)
    return (say(...) or ""):match(pattern) or "absent"
  end
  return {
    ("luaproxy %s, commit %s"):format(machine.version(), machine.commit()),
    ("nginx %s, haproxy %s, wrk %s"):format(version("nginx/(%S+)", "nginx", "-v"),
      version("version (%S+)", "haproxy", "-v"), version("wrk (%S+)", "wrk", "-v")),
    ("%s, %d CPUs, Linux %s"):format(cpu_model(), #machine.cpus(),
      version("%S+", "uname", "-r")),
    os.date("%Y-%m-%d %H:%M, load average ") .. machine.load(),
  }
end

return machine
