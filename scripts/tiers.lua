-- Failover: the last backend is a spare. It gets nothing while enough of the others are up; when
-- fewer than 1/1.4 of them (71 %) are, what those are too few for spills over. Envoy's priorities.
-- luaproxy scripts/tiers.lua [LISTEN [BACKEND...]]

local leastconn = require "luaproxy.policy.leastconn"
local tiered = require "luaproxy.policy.tiered"

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end
backends[#backends] = { backends[#backends], tier = 2 }

return {
  listen = listen,
  backends = backends,
  pick = tiered(leastconn()),
}
