-- Smooth weighted round robin, as in nginx: in proportion to the weights, and never in runs.
-- luaproxy scripts/weighted.lua [LISTEN [BACKEND...]]
-- The first backend gets five requests of seven; write your own weights below.

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end
backends[1] = { backends[1], weight = 5 }

local current = {} -- by id: how long a backend has waited for its turn

return {
  listen = listen,
  backends = backends,
  pick = function(up)
    local best, total = nil, 0
    for i = 1, #up do
      local b = up[i]
      current[b.id] = (current[b.id] or 0) + b.weight
      total = total + b.weight
      if not best or current[b.id] > current[best.id] then
        best = b
      end
    end
    current[best.id] = current[best.id] - total
    return best
  end,
}
