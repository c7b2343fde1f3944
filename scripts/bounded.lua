-- Consistent hashing with bounded loads: a user stays at one backend, unless that has much more
-- to do than the others. Every backend draws a number by the name of the user, and the highest
-- one that has room wins; when a backend leaves, only its own users move.
-- Thaler, Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", 1998 (rendezvous);
-- Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2017.
-- luaproxy scripts/bounded.lua [LISTEN [BACKEND...]]

local luaproxy = require "luaproxy"

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

local BOUND = 1.25 -- nobody has more than 125 % of its fair share, and one request

return {
  listen = listen,
  backends = backends,
  pick = function(up, req)
    local user = luaproxy.hash(req.headers["x-user"] or req.client.ip)
    local requests, weight = 1, 0
    for _, b in ipairs(up) do
      requests, weight = requests + b.inflight, weight + b.weight
    end
    local best, highest = nil, -1
    for _, b in ipairs(up) do
      local score = luaproxy.rendezvous(user, b.id, b.weight)
      if score > highest and b.inflight < BOUND * requests * b.weight / weight then
        best, highest = b, score
      end
    end
    return best
  end,
}
