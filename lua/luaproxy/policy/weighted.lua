--- Smooth weighted round robin, as in nginx (ngx_http_upstream_get_peer): in proportion to the
-- weights, and never in runs.
--
--     pick = require "luaproxy.policy.weighted"()
--
-- It looks at every backend each time; `edf` shares out hundreds.

--- Makes the policy.
-- @treturn table
local function weighted()
  local current = {} -- by id: how long a backend has waited for its turn

  return {
    pick = function(up)
      local best, highest, total = nil, -math.huge, 0
      for i = 1, #up do
        local b = up[i]
        local waited = (current[b.id] or 0) + b.weight
        current[b.id] = waited
        total = total + b.weight
        if waited > highest then best, highest = b, waited end
      end
      current[best.id] = highest - total
      return best
    end,

    -- Forgets those who are gone for good.
    changed = function(_, ctx)
      local kept = {}
      for _, b in ipairs(ctx.all) do kept[b.id] = current[b.id] end
      current = kept
    end,

    save = function() return current end,
    restore = function(saved) current = saved end,
  }
end

return weighted
