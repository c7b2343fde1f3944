-- Weighted round robin for hundreds of backends: whoever is due first, on a heap, as in Envoy.
-- luaproxy scripts/edf.lua [LISTEN [BACKEND...]]
-- The first backend gets five requests of seven; write your own weights below.

local edf = require "luaproxy.policy.edf"

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end
backends[1] = { backends[1], weight = 5 }

return {
  listen = listen,
  backends = backends,
  pick = edf(),
}
