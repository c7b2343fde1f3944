--- Least connections: whoever has the fewest requests in flight for its weight; equals share.
-- As in nginx and HAProxy, except that chance shares among equals (reservoir sampling).
--
--     pick = require "luaproxy.policy.leastconn"()
--
-- It looks at every backend each time; `leastheap` and `twochoices` do not.

local function pick(up, _, ctx)
  local best, ties = up[1], 1
  for i = 2, #up do
    local b = up[i]
    local mine, least = (b.inflight + 1) * best.weight, (best.inflight + 1) * b.weight
    if mine < least then
      best, ties = b, 1
    elseif mine == least then
      ties = ties + 1
      if ctx.random(ties) == 1 then best = b end
    end
  end
  return best
end

--- Makes the policy.
-- @treturn table
local function leastconn()
  return { pick = pick }
end

return leastconn
