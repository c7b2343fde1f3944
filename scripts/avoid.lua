-- Stay near: backends in another zone are left out as long as there is one up in ours.
-- luaproxy scripts/avoid.lua [LISTEN [BACKEND...]]
-- The last backend is far away; write your own tags below.

local avoid = require "luaproxy.policy.avoid"
local leastconn = require "luaproxy.policy.leastconn"

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end
backends[#backends] = { backends[#backends], tags = { zone = "far" } }

return {
  listen = listen,
  backends = backends,
  pick = avoid(leastconn(), { zone = "far" }),
}
