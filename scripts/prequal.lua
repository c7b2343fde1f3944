-- Prequal: of the backends that are not hot, the fastest, by three probes for each request.
-- Wydrowski et al., "Load is not what you should balance: Introducing Prequal", NSDI 2024.
-- A probe is what a backend has said last when it was asked for GET /load, which is to be
-- {"inflight": 3, "latency": 0.02}; for those that do not say, what the proxy itself has seen.
-- luaproxy scripts/prequal.lua [LISTEN [BACKEND...]]

local luaproxy = require "luaproxy"
local prequal = require "luaproxy.policy.prequal"

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

local function ask(b)
  local answer = luaproxy.http("http://" .. b.addr .. "/load", { timeout = 0.2 })
  local load = answer and luaproxy.json.decode(answer.body)
  local fit = type(load) == "table" and math.type(load.inflight) and math.type(load.latency)
  b.data.load = fit and { inflight = load.inflight, latency = load.latency } or nil
end

return {
  listen = listen,
  backends = backends,
  pick = prequal { load = function(b) return b.data.load end },
  every = { [0.1] = function(ctx) ask(ctx.all[ctx.random(#ctx.all)]) end },
}
