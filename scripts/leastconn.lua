-- Least connections: whoever has the fewest requests in flight for its weight; equals share.
-- luaproxy scripts/leastconn.lua [LISTEN [BACKEND...]]

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

-- Which load is less with one request more: negative if a's is. Cross-multiplied: no rounding.
local function compare(a, b)
  return (a.inflight + 1) * b.weight - (b.inflight + 1) * a.weight
end

return {
  listen = listen,
  backends = backends,
  pick = function(up, _, ctx)
    local best, ties = up[1], 1
    for i = 2, #up do
      local order = compare(up[i], best)
      if order < 0 then
        best, ties = up[i], 1
      elseif order == 0 then
        ties = ties + 1
        if ctx.random(ties) == 1 then best = up[i] end
      end
    end
    return best
  end,
}
