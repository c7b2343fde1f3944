--- Random: by chance alone, in proportion to the weights.
--
--     pick = require "luaproxy.policy.random"()
--
-- One is drawn, and drawn again unless its weight against the heaviest lets it pass (von Neumann's
-- rejection): no table of weights to keep, and with equal weights never a second draw.

local memo = require "luaproxy.aid.memo"

--- Makes the policy.
-- @treturn table
local function random()
  local heaviest = memo(function(up)
    local most = 0
    for _, b in ipairs(up) do most = math.max(most, b.weight) end
    return { weight = most }
  end)

  return {
    pick = function(up, _, ctx)
      local draw, most = ctx.random, heaviest(up, ctx)
      while true do
        local b = up[draw(#up)]
        if b.weight >= most.weight then
          most.weight = b.weight
          return b
        elseif draw() * most.weight < b.weight then
          return b
        end
      end
    end,
  }
end

return random
