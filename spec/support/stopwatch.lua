--- How long requests take, measured by a process that does nothing else.
--
--     local quick = stopwatch.measure(proxy, 500)
--     assert.equal(0, quick.failed)
--     print(quick.median, quick.p95)     -- seconds

local kit = require "spec.support.kit"

local stopwatch = {}

-- The element of a sorted list below which a share of it lies.
local function quantile(list, share)
  return list[math.max(1, math.ceil(share * #list))]
end

-- One client asks so often, each time when it has been answered. Says what came of it.
local function run(addr, n)
  local times, failed = {}, 0
  local client, request = kit.connect(addr), kit.request {}
  for i = 1, n do
    local began = kit.now()
    client:send(request)
    if client:read_message().status ~= 200 then failed = failed + 1 end
    times[i] = kit.now() - began
  end
  kit.cleanup()
  table.sort(times)
  print(("failed %d median %.6f p95 %.6f"):format(failed, quantile(times, 0.5),
    quantile(times, 0.95)))
end

--- Measures.
-- @tparam process proxy
-- @tparam number n requests, one after the other
-- @treturn table `failed`: how many were not answered 200; `median`, `p95`: seconds
function stopwatch.measure(proxy, n)
  local child = kit.spawn { "lua5.4", "-e", ([[
    package.path = "./?.lua;" .. package.path
    require("spec.support.stopwatch").run(%q, %d)
  ]]):format(proxy.addr, n) }
  local failed, median, p95 = child:wait_line("failed (%d+) median ([%d.]+) p95 ([%d.]+)", 60)
  child:wait_exit()
  return { failed = tonumber(failed), median = tonumber(median), p95 = tonumber(p95) }
end

stopwatch.run = run

return stopwatch
