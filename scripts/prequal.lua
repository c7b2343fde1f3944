-- Prequal: the fastest of the backends that are not hot, by what they have said a moment ago.
-- Wydrowski et al., "Load is not what you should balance: Introducing Prequal", NSDI 2024.
-- Every tenth of a second one is asked for GET /load, and answers {"inflight": 3, "latency": 0.02};
-- those that do not are judged by what the proxy sees when a request is done.
-- luaproxy scripts/prequal.lua [LISTEN [BACKEND...]]

local luaproxy = require "luaproxy"
local chooser = require "luaproxy.policy.prequal" { own = 0 }

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

local function ask(b)
  local answer = luaproxy.http("http://" .. b.addr .. "/load", { timeout = 0.2 })
  local load = answer and luaproxy.json.decode(answer.body)
  b.data.tells = type(load) == "table" and math.type(load.inflight) and math.type(load.latency)
  if b.data.tells then chooser.probe(b, load, luaproxy.now()) end
end

local function done(b, _, ctx)
  if not b.data.tells and b.ewma and b.fails == 0 then
    chooser.probe(b, { inflight = b.inflight, latency = b.ewma }, ctx.now)
  end
end

return {
  listen = listen,
  backends = backends,
  pick = { pick = chooser.pick, done = done },
  every = { [0.1] = function(ctx) ask(ctx.all[ctx.random(#ctx.all)]) end },
}
