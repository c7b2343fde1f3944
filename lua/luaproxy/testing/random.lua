--- The chance that the proxy hands to scripts: xorshift64*, which a seed makes repeatable.

local tointeger = math.tointeger

-- The upper half of the product of two whole numbers without sign, 128 bits long.
local function upper_half(a, b)
  local a_low, a_high = a & 0xffffffff, a >> 32
  local b_low, b_high = b & 0xffffffff, b >> 32
  local low, cross = a_low * b_low, a_high * b_low
  local middle = (low >> 32) + (cross & 0xffffffff) + a_low * b_high
  return a_high * b_high + (cross >> 32) + (middle >> 32)
end

local FEW <const> = 1 << 31 -- below that, so many times 32 bits does not overflow

--- A source of chance.
-- @tparam ?number seed a whole number but 0 (1)
-- @treturn function random(n): a whole number from 1 to n; without n a number in [0, 1)
local function new(seed)
  local state = seed or 1
  if math.type(state) ~= "integer" or state == 0 then
    error("the seed must be a whole number but 0", 2)
  end
  return function(n)
    local x = state
    x = x ~ (x >> 12)
    x = x ~ (x << 25)
    x = x ~ (x >> 27)
    state = x
    local bits = x * 0x2545F4914F6CDD1D
    if n == nil then return (bits >> 11) * 0x1p-53 end
    local most = tointeger(n)
    if most == nil or most < 1 then
      error("bad argument #1 to 'random' (must be at least 1)", 2)
    elseif most < FEW then
      return 1 + ((bits >> 32) * most + ((bits & 0xffffffff) * most >> 32) >> 32)
    end
    return 1 + upper_half(bits, most)
  end
end

return new
