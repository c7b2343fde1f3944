--- Chance that a seed repeats. What happens when is up to the system all the same.

local random = {}

--- A function like `math.random`, with a state of its own.
-- @tparam number seed an integer
-- @treturn function
function random.new(seed)
  local state = seed ~ 0x2545F4914F6CDD1D
  local function next_bits()
    state = state ~ (state << 13)
    state = state ~ (state >> 7)
    state = state ~ (state << 17)
    return state
  end
  if state == 0 then state = 1 end
  return function(low, high)
    local share = (next_bits() >> 11) * 0x1p-53
    if not low then return share end
    if not high then low, high = 1, low end
    return low + math.floor(share * (high - low + 1))
  end
end

return random
