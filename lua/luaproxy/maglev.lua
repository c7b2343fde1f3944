-- Maglev's lookup table (Eisenbud et al.: "Maglev: a fast and reliable software network load
-- balancer", NSDI 2016, section 3.4) in plain Lua. The same as core/vm/maglev.c.
--
-- Everybody has a preference: slots `offset`, `offset + skip`, `offset + 2 * skip` ... modulo the
-- size, which is prime, so that all slots are in it. In rounds, in the order given, each claims its
-- next free slot. Who is lighter than the heaviest sits rounds out, as with Envoy: with half its
-- weight every other; and goes before those who did not.

local ceil, max = math.ceil, math.max

local maglev = {}

--- The most slots a table may have: the larger of the paper's sizes.
maglev.MOST = 655373

--- Can a table have this many slots?
-- @tparam number size a whole number
-- @treturn boolean whether it is a prime number
function maglev.is_prime(size)
  if size < 2 then return false end
  local divisor = 2
  while divisor * divisor <= size do
    if size % divisor == 0 then return false end
    divisor = divisor + 1
  end
  return true
end

-- How many rounds go by for each slot that somebody claims: 1 for the heaviest.
local function paces_of(weights, count)
  local heaviest, paces = 0, {}
  for i = 1, count do heaviest = max(heaviest, weights and weights[i] or 1) end
  for i = 1, count do paces[i] = heaviest / (weights and weights[i] or 1) end
  return paces
end

-- Appends I to those who claim a slot in ROUND. There are no more rounds than slots.
local function put_down(rounds, round, i, size)
  if round > size then return end
  local turns = rounds[round]
  if turns then turns[#turns + 1] = i else rounds[round] = { i } end
end

-- The N elements of a list that begins at 0, from 1 on.
local function from_one(list, n)
  table.move(list, 0, n - 1, 1)
  list[0] = nil
  return list
end

--- Fills a table.
-- @tparam table offsets where each begins, 0 to size - 1
-- @tparam table skips how far each goes from slot to slot, 1 to size - 1
-- @tparam number size of the table: a prime number
-- @tparam ?table weights numbers from 0 on, one of them above; all 1 if not given
-- @treturn table who has which slot: [1] is the first slot, 0 the first of them
function maglev.fill(offsets, skips, size, weights)
  local owners, left = {}, size
  local slots, claimed, paces = {}, {}, paces_of(weights, #offsets)
  local rounds = { {} }
  for slot = 0, size - 1 do owners[slot] = false end
  for i = 1, #offsets do
    slots[i], claimed[i] = offsets[i], 0
    if paces[i] < math.huge then put_down(rounds, 1, i, size) end
  end
  for round = 1, size do
    for _, i in ipairs(rounds[round] or {}) do
      local slot, skip = slots[i], skips[i]
      while owners[slot] do slot = (slot + skip) % size end
      owners[slot], left = i - 1, left - 1
      if left == 0 then return from_one(owners, size) end
      local n = claimed[i] + 1
      slots[i], claimed[i] = slot, n
      put_down(rounds, paces[i] == 1 and round + 1 or max(round, ceil(n * paces[i])) + 1, i, size)
    end
    rounds[round] = nil
  end
end

return maglev
