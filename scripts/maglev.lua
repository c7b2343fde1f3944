-- Consistent hashing by a table: everybody with the same cookie "uid" stays at one backend, and
-- a choice costs the same for three backends and for hundreds.
-- Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016.
-- luaproxy scripts/maglev.lua [LISTEN [BACKEND...]]

local maglev = require "luaproxy.policy.maglev"

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

return {
  listen = listen,
  backends = backends,
  -- Without that cookie, the client's address. For more than twenty backends let size be 65537.
  pick = maglev { key = "cookie:uid", size = 2003 },
}
