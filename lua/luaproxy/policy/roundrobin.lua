--- Round robin: every backend gets its turn.
--
--     pick = require "luaproxy.policy.roundrobin"()
--
-- Each list begins at a place drawn by chance, or the first backend would get the first request
-- of every worker, of every proxy, and after every change.

local memo = require "luaproxy.aid.memo"

--- Makes the policy.
-- @treturn table
local function roundrobin()
  local turns = memo(function(up, ctx) return { at = ctx.random(#up) } end)

  return {
    pick = function(up, _, ctx)
      local turn = turns(up, ctx)
      local at = turn.at % #up + 1
      turn.at = at
      return up[at]
    end,
  }
end

return roundrobin
