-- Two choices by latency: of two backends drawn at random, the one where a request waits less.
-- That is: its average latency times the requests it would have. The proxy lets a peak count at
-- once and forgets it in ten seconds; what is forgotten since is taken off here. Of a backend about
-- which nothing is known one request at a time is to find out. Finagle's PeakEwma.
-- luaproxy scripts/peakewma.lua [LISTEN [BACKEND...]]

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

local TAU = 10 -- seconds of memory

local function cost(b, now)
  if not b.ewma then
    return b.inflight == 0 and 0 or math.huge
  end
  return b.ewma * math.exp((b.ewma_at - now) / TAU) * (b.inflight + 1) / b.weight
end

return {
  listen = listen,
  backends = backends,
  pick = function(up, _, ctx)
    local n = #up
    if n == 1 then
      return up[1]
    end
    local i, j = ctx.random(n), ctx.random(n - 1)
    local a, b = up[i], up[j < i and j or j + 1] -- two different ones
    return cost(b, ctx.now) < cost(a, ctx.now) and b or a
  end,
}
