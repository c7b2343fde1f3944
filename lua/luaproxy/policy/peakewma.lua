--- Two choices by latency: of two backends drawn at random, the one with the lower cost. The cost
-- is the peak-sensitive average of its latency times the requests it would have (Finagle,
-- PeakEwma).
--
--     pick = require "luaproxy.policy.peakewma"()
--
-- The proxy raises a backend's average at once and forgets in ten seconds; what has been forgotten
-- since is taken off here. Of a backend about which nothing is known one request at a time is to
-- find out. An error does not make a backend look fast: the proxy sees to that.

local TAU = 10            -- seconds of memory
local UNKNOWN = 2.0 ^ 47  -- Finagle's penalty: more than any cost that is known

local function cost(b, now)
  local pending = b.inflight
  if not b.ewma then return pending == 0 and 0 or UNKNOWN + pending end
  return b.ewma * math.exp((b.ewma_at - now) / TAU) * (pending + 1) / b.weight
end

local function pick(up, _, ctx)
  local n = #up
  if n == 1 then return up[1] end
  local random, now = ctx.random, ctx.now
  local i, j = random(n), random(n - 1)
  if j >= i then j = j + 1 end -- two different ones
  local a, b = up[i], up[j]
  if cost(b, now) < cost(a, now) then return b end
  return a
end

--- Makes the policy.
-- @treturn table
local function peakewma()
  return { pick = pick }
end

return peakewma
