-- What the core does for scripts, in plain Lua and with the same results: so that a policy runs in
-- a spec as it does in the proxy. `require "luaproxy"` takes each function from the core if it is
-- there.

local maglev = require "luaproxy.maglev"
local siphash = require "luaproxy.siphash"
local waiting = require "luaproxy.waiting"

local log, math_type = math.log, math.type

local pure = {
  maglev_fill = maglev.fill,
  sleep = waiting.sleep,
  http = waiting.http,
  --- Where `now` looks; luaproxy.testing puts a clock of its own here.
  clock = os.time,
}

-- Two keys, so that where one begins in a Maglev table says nothing of how one goes on.
local OFFSET_0, OFFSET_1 = string.unpack("<i8i8", "maglev    offset")
local SKIP_0, SKIP_1 = string.unpack("<i8i8", "maglev      skip")

-- The owner of a slot is written in two bytes.
local MOST_IDS = 65535

-- Complains at the caller of the caller of argument N of the function NAME.
local function refuse(n, name, why)
  error(("bad argument #%d to '%s' (%s)"):format(n, name, why), 3)
end

local function hash(text, k0, k1)
  return siphash(text, k0, k1) >> 1
end

-- The same texts are hashed again and again, and here that takes long: results under the usual key
-- are kept, until they are too many.
local MOST_KNOWN <const> = 8192
local known, known_count = {}, 0

local function usual_hash(text)
  local result = known[text]
  if result then return result end
  result = siphash(text, 0, 0) >> 1
  if known_count == MOST_KNOWN then known, known_count = {}, 0 end
  known[text], known_count = result, known_count + 1
  return result
end

-- VALUE as a text, as far as Lua makes texts of values by itself.
local function as_text(value)
  return type(value) == "number" and tostring(value) or type(value) == "string" and value or nil
end

--- The hash of a text: SipHash-2-4 without its lowest bit.
-- @tparam string text
-- @tparam ?string key 16 bytes; 16 NULs if not given. Who does not know it cannot choose texts that
-- have the same hash.
-- @treturn number a whole number from 0 to 2^63 - 1
function pure.hash(text, key)
  local bytes = as_text(text)
  if not bytes then refuse(1, "hash", "string expected, got " .. type(text)) end
  if key == nil then return usual_hash(bytes) end
  if type(key) ~= "string" or #key ~= 16 then refuse(2, "hash", "a key has 16 bytes") end
  return hash(bytes, string.unpack("<i8i8", key))
end

-- The finalizer of splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
-- generators", 2014): each bit of X has a say in each bit of the result.
local function mix64(x)
  x = (x ~ x >> 30) * 0xbf58476d1ce4e5b9
  x = (x ~ x >> 27) * 0x94d049bb133111eb
  return x ~ x >> 31
end

-- What stands for a key or an id that is no whole number, which is a hash already. Nil if VALUE is
-- none.
local function number_of(value)
  local text = as_text(value)
  return text and usual_hash(text)
end

--- How much somebody is wanted for a key: whoever has the highest score gets it. If one leaves,
-- only keys of its own move; shares are by weight (Thaler, Ravishankar: "Using name-based mappings
-- to increase hit rates", 1998; with weights: Schindelhauer, Schomaker, 2005).
-- @param key a text, or its hash
-- @param id a text, or its hash: quicker, if it is kept
-- @tparam ?number weight 1 if not given
-- @treturn number
function pure.rendezvous(key, id, weight)
  local k = math_type(key) == "integer" and key or number_of(key)
  local i = math_type(id) == "integer" and id or number_of(id)
  if not k then refuse(1, "rendezvous", "string expected, got " .. type(key)) end
  if not i then refuse(2, "rendezvous", "string expected, got " .. type(id)) end
  -- 52 bits, since with 53 and a half the highest would be rounded to 1, which has no logarithm.
  local u = ((mix64(k ~ mix64(i)) >> 12) + 0.5) * 0x1p-52
  return (weight or 1) / -log(u)
end

-- Complains at the caller of the caller if no table of SIZE can be made for IDS.
local function check_table(ids, size)
  if type(ids) ~= "table" or #ids < 1 or #ids > MOST_IDS then
    error("bad argument #1 to 'maglev' (a list of 1 to 65535 ids expected)", 3)
  end
  local seen = {}
  for i = 1, #ids do
    local text = as_text(ids[i])
    if not text then error("bad argument #1 to 'maglev' (an id must be a string)", 3) end
    if seen[text] then error("bad argument #1 to 'maglev' (an id is there twice)", 3) end
    seen[text] = true
  end
  if math.type(size) ~= "integer" or size > maglev.MOST or not maglev.is_prime(size) then
    error("bad argument #2 to 'maglev' (a prime number up to 655373 expected)", 3)
  end
end

-- Complains at the caller of the caller if WEIGHTS are not numbers, one for each of N ids.
local function check_weights(weights, n)
  local heaviest = 0
  if type(weights) ~= "table" then
    error("bad argument #3 to 'maglev' (table expected, got " .. type(weights) .. ")", 3)
  end
  for i = 1, n do
    local weight = weights[i]
    if type(weight) ~= "number" or not (weight >= 0 and weight < math.huge) then
      error("bad argument #3 to 'maglev' (a weight from 0 on for each id expected)", 3)
    end
    heaviest = math.max(heaviest, weight)
  end
  if heaviest == 0 then
    error("bad argument #3 to 'maglev' (a weight above 0 expected)", 3)
  end
end

--- Maglev's lookup table: hash(key) % size says in which slot to look for the one that gets a key.
-- Each id has nearly the same number of slots, or one by its weight; if one leaves, few slots but
-- its own change owners. The order of the ids matters a little: give them in one that lasts.
--
--     local slot = luaproxy.hash(key) % size
--     local id = ids[1 + string.unpack("<I2", made, 2 * slot + 1)]
--
-- @tparam table ids a list of texts
-- @tparam number size a prime number up to 655373, better above 100 * #ids, such as 65537
-- @tparam ?table weights a list of numbers from 0 on
-- @treturn string for each slot two bytes, little endian: which id, counted from 0
function pure.maglev(ids, size, weights)
  check_table(ids, size)
  if weights ~= nil then check_weights(weights, #ids) end
  local offsets, skips, marks = {}, {}, {}
  for i = 1, #ids do
    local id = as_text(ids[i])
    offsets[i] = hash(id, OFFSET_0, OFFSET_1) % size
    skips[i] = hash(id, SKIP_0, SKIP_1) % (size - 1) + 1
    marks[i] = string.pack("<I2", i - 1)
  end
  local slots = maglev.fill(offsets, skips, size, weights)
  for slot = 1, size do slots[slot] = marks[slots[slot] + 1] end
  return table.concat(slots)
end

local counter = {}
counter.__index = counter

-- By name.
local counters = {}

--- Counts.
-- @tparam ?number n a whole number, 1 if not given
-- @treturn number what it is now
function counter:add(n)
  if n == nil then n = 1 end
  local whole = math.tointeger(n)
  if not whole then error("bad argument #1 to 'add' (a whole number expected)", 2) end
  self.n = self.n + whole
  return self.n
end

--- How far it has counted.
-- @treturn number
function counter:get()
  return self.n
end

--- The counter of a name, at 0 when it is first asked for. In the proxy it survives a reload.
-- @tparam string name 1 to 100 bytes, none of them NUL
-- @treturn table with `add` and `get`
function pure.counter(name)
  if type(name) ~= "string" or not name:find "^[^\0]+$" or #name > 100 then
    error("bad argument #1 to 'counter' (a name of 1 to 100 bytes but NUL expected)", 2)
  end
  counters[name] = counters[name] or setmetatable({ n = 0 }, counter)
  return counters[name]
end

--- Writes a line to the log: in plain Lua, to standard error.
-- @param ... anything; blanks come between
function pure.log(...)
  local texts = table.pack(...)
  for i = 1, texts.n do texts[i] = tostring(texts[i]) end
  io.stderr:write(table.concat(texts, " "), "\n")
end

--- The clock of `ctx.now`: seconds since some moment. In plain Lua it goes by whole seconds.
-- @treturn number
function pure.now()
  return pure.clock()
end

return pure
