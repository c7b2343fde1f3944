--- The proxy that is soaked: its script, what the system says of it, and what it says itself.

local kit = require "spec.support.kit"
local uv = require "spec.support.uv"

local subject = {}

local SCRIPT = [[
  local luaproxy = require "luaproxy"
  local weight = ... or %d
  return {
    listen = "127.0.0.1:0",
    pools = {
      main = { backends = { { "%s", id = "steady", weight = weight }, { "%s", id = "dying" } },
               health = { type = "tcp", every = 0.5, timeout = 0.5 },
               retry = { tries = 3, budget = 1 },
               pick = function(up, req, ctx) return up[ctx.random(#up)] end },
      whole = { backends = { "%s" } },
      bad = { backends = { "%s" }, health = false },
      count = { backends = { "%s", { "%s", id = "other" } }, health = false },
      tight = { backends = { { "%s", id = "t1", cap = weight %% 3 + 1 },
                             { "%s", id = "t2", cap = 1 },
                             { "%s", id = "t3", cap = 1, drain = weight == 1 } },
                health = false, limits = { pending = 6 }, timeouts = { queue = 0.5 },
                outlier = { errors = 3, eject = 0.5, slow_start = 0.5 },
                retry = { tries = 3, budget = 1, backoff = 0.02, body = 100000,
                          on = { "connect", "reset", "timeout", 503 } } },
    },
    request = function(req)
      req.headers["x-pool"] = req.path:match "^/(%%a+)" or "main"
      req.path = req.path:match "^/whole(/.*)" or req.path
    end,
    route = function(req) return req.headers["x-pool"] end,
    response = { waits = true, function(res, req)
      if req.headers["x-pool"] == "tight" then luaproxy.sleep(0.01) end
      res.headers["x-seen"] = "yes"
    end },
    every = { [1] = function() end },
    allow = { upgrade = { "websocket" } },
    log = { access = false },
    timeouts = { idle = 10, head = 2, connect = 2, response = 5, stall = 5, queue = 2,
                 tunnel = 5, drain = 10 },
  }
]]

local FAULTS = { "Sanitizer", "runtime error", " error +", "Assertion", "panic" }

-- Memory that ASan keeps back must not look like growth.
local ENVIRONMENT = {
  ASAN_OPTIONS = "quarantine_size_mb=8:malloc_context_size=10:detect_leaks=1",
  UBSAN_OPTIONS = "print_stacktrace=1",
}

--- Starts the program BIN before the backends ADDRS, in the order of the script.
-- @tparam string bin
-- @tparam {string,...} addrs
-- @treturn process
function subject.start(bin, addrs)
  local proxy = kit.proxy { script = SCRIPT:format(1, table.unpack(addrs)), bin = bin,
    env = ENVIRONMENT, timeout = 30 }
  proxy.soaked = addrs
  return proxy
end

--- Has it load its script anew, a little changed.
-- @tparam process proxy
-- @tparam number weight
function subject.reload(proxy, weight)
  local file = assert(io.open(proxy.path, "w"))
  file:write((SCRIPT:format(weight, table.unpack(proxy.soaked))
    :gsub("127%.0%.0%.1:0", proxy.addr, 1)))
  file:close()
  proxy:signal "sighup"
end

--- What the kernel says of its memory.
-- @tparam process proxy
-- @treturn number kilobytes
function subject.memory(proxy)
  for line in io.lines(("/proc/%d/status"):format(proxy.pid)) do
    local kilobytes = line:match "^VmRSS:%s*(%d+) kB"
    if kilobytes then return math.tointeger(kilobytes) end
  end
  return 0
end

--- How many descriptors it has open, but for pipes, of which it keeps some.
-- @tparam process proxy
-- @treturn number
function subject.descriptors(proxy)
  local folder, count = ("/proc/%d/fd"):format(proxy.pid), 0
  for name in uv.fs_scandir_next, (assert(uv.fs_scandir(folder))) do
    local link = uv.fs_readlink(folder .. "/" .. name)
    if link and not link:find "^pipe:" then count = count + 1 end
  end
  return count
end

--- Asks it how things are.
-- @tparam process proxy
-- @treturn number requests in flight, at all backends, or waiting for one
-- @treturn number clients
function subject.status(proxy)
  local before = #proxy.output.lines
  local inflight, clients, backends = 0, nil, 0
  proxy:signal "sigusr1"
  kit.until_true(function()
    inflight, clients, backends = 0, nil, 0
    for i = before + 1, #proxy.output.lines do
      local text = proxy.output.lines[i].text
      clients = tonumber(text:match "status: .* (%d+) clients") or clients
      local n = tonumber(text:match "status: pool .* (%d+) in flight")
      if n then inflight, backends = inflight + n, backends + 1 end
      inflight = inflight + (tonumber(text:match "status: pool .* (%d+) requests wait") or 0)
    end
    return clients and backends >= #proxy.soaked
  end, "the status of the proxy", 30)
  return inflight, clients
end

-- Descriptors are taken from it now and then: a script that cannot be opened then is as it should.
local EXCUSED = "not loaded, nothing changes: .*Too many open files"

--- Lines of its log that must not be there.
-- @tparam process proxy
-- @treturn {string,...}
function subject.faults(proxy)
  local list = {}
  for _, pattern in ipairs(FAULTS) do
    for _, line in ipairs(proxy.output.lines) do
      local is_fault = line.text:find(pattern) and not line.text:find(EXCUSED)
      if is_fault and #list < 30 then list[#list + 1] = line.text end
    end
  end
  return list
end

return subject
