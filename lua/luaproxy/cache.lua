-- A map with room for so many entries: when it is full, whoever was used least recently goes.
--
--     local cache = require "luaproxy.cache"
--     local seen = cache(1000)
--     seen["a"] = 1                     -- seen["a"] makes "a" the newest, as writing it does
--
-- Entries are in slots, which form a ring by age: reading an entry moves its slot, and makes no
-- garbage.
--
--     ring -> newest -> ... -> oldest -> ring         `older` points this way, `newer` back

-- The slot that is no entry's: where the ring begins and ends.
local RING = 1

-- Lua makes a hash table anew when it has no room for another key, and as large as its content
-- needs. With nearly all room in use, each few new keys would cost that; so that there is room,
-- SLOT_OF gets keys that make Lua double it.
local function make_room(slot_of, n)
  local size = 1
  while size < n do size = 2 * size end
  if n <= size - size // 8 then return end
  for _ = n, size do slot_of[{}] = RING end
end

-- The ring of the cache with at most N entries.
local function new_ring(n)
  local ring = {
    most = n, count = 0, free = nil,
    slot_of = {},               -- by key
    keys = { false }, values = { false }, older = { RING }, newer = { RING },    -- by slot
  }
  make_room(ring.slot_of, n)
  return ring
end

local function take_out(ring, slot)
  local older, newer = ring.older, ring.newer
  older[newer[slot]], newer[older[slot]] = older[slot], newer[slot]
end

local function put_first(ring, slot)
  local older, newer = ring.older, ring.newer
  local first = older[RING]
  older[RING], newer[slot] = slot, RING
  older[slot], newer[first] = first, slot
end

local function get(ring, key)
  local slot = ring.slot_of[key]
  if slot == nil then return nil end
  if ring.older[RING] ~= slot then
    take_out(ring, slot)
    put_first(ring, slot)
  end
  return ring.values[slot]
end

local function remove(ring, key)
  local slot = ring.slot_of[key]
  if slot == nil then return end
  take_out(ring, slot)
  ring.slot_of[key] = nil
  ring.keys[slot], ring.values[slot] = false, false
  ring.older[slot], ring.free = ring.free or false, slot
  ring.count = ring.count - 1
end

-- A slot that nobody has, not in the ring.
local function take_slot(ring)
  if ring.count == ring.most then remove(ring, ring.keys[ring.newer[RING]]) end
  local slot = ring.free
  if not slot then return #ring.keys + 1 end
  ring.free = ring.older[slot]
  return slot
end

local function put(ring, key, value)
  if value == nil then return remove(ring, key) end
  local slot = ring.slot_of[key]
  if slot then
    take_out(ring, slot)
  else
    slot = take_slot(ring)
    ring.slot_of[key], ring.keys[slot] = slot, key
    ring.count = ring.count + 1
  end
  ring.values[slot] = value
  put_first(ring, slot)
end

-- Goes through the keys there are now, newest first; the ring may change meanwhile.
local function each(ring)
  local keys, i = {}, 0
  local slot = ring.older[RING]
  while slot ~= RING do
    keys[#keys + 1], slot = ring.keys[slot], ring.older[slot]
  end
  return function()
    local at
    repeat
      i = i + 1
      at = ring.slot_of[keys[i]]
    until at or keys[i] == nil
    if at then return keys[i], ring.values[at] end
  end
end

--- An empty map with room for n entries. `c[key]` and `c[key] = value` make the key the newest,
-- `c[key] = nil` removes it, `#c` is how many there are, `pairs(c)` goes from the newest to the
-- oldest and uses none.
-- @tparam number n a whole number from 1 on
-- @treturn table
local function cache(n)
  local most = math.tointeger(n)
  if not most or most < 1 then
    error("bad argument #1 to 'cache' (a whole number from 1 on expected)", 2)
  end
  local ring = new_ring(most)
  return setmetatable({}, {
    __index = function(_, key) return get(ring, key) end,
    __newindex = function(_, key, value)
      if key == nil or key ~= key then error("a key must be neither nil nor NaN", 2) end
      put(ring, key, value)
    end,
    __len = function() return ring.count end,
    __pairs = function() return each(ring) end,
    __metatable = "cache",
  })
end

return cache
