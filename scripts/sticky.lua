-- Sticky sessions: a client returns to the backend where it has been before, by a cookie; new ones
-- go where there are the fewest requests. The cookie is signed, so nobody can choose a backend by
-- writing his own; it is worth as much as the secret, which you set below.
-- luaproxy scripts/sticky.lua [LISTEN [BACKEND...]]

local leastconn = require "luaproxy.policy.leastconn"
local sticky = require "luaproxy.policy.sticky"

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

local SECRET = "write sixteen bytes or more of your own here"

local session = sticky(leastconn(), { cookie = "srv", secret = SECRET })

return {
  listen = listen,
  backends = backends,
  pick = session,
  response = session.response, -- sets the cookie
}
