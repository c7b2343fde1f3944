-- Consistent hashing on a ring, with bounded loads: a user stays at one backend unless that has
-- more than 125 % of its fair share. Karger et al., 1997; ketama.
-- luaproxy scripts/ring.lua [LISTEN [BACKEND...]]

local ring = require "luaproxy.policy.ring"

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

return {
  listen = listen,
  backends = backends,
  pick = ring { key = "x-user", bound = 1.25 }, -- without that header, the client's address
}
