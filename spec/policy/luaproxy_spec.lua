-- luaproxy in plain Lua: hash, rendezvous, Maglev's table, counters, and what only works elsewhere.

local luaproxy = require "luaproxy"
local maglev = require "luaproxy.maglev"
local pure = require "luaproxy.pure"
local siphash = require "luaproxy.siphash"
local testing = require "luaproxy.testing"
local waiting = require "luaproxy.waiting"

-- The bytes 0, 1, 2 … up to n - 1.
local function counting(n)
  local bytes = {}
  for i = 1, n do bytes[i] = string.char(i - 1) end
  return table.concat(bytes)
end

local function ids_up_to(n)
  local ids = {}
  for i = 1, n do ids[i] = ("10.0.%d.%d:80"):format(i // 250, i % 250) end
  return ids
end

-- What F raises, and where: assert.error_matches would leave that out.
local function complaint(f)
  local ok, message = pcall(f)
  return not ok and message or nil
end

describe("hash", function()
  -- Of the vectors of SipHash's authors: for the key 00 01 .. 0f and as many bytes counting from 0.
  local VECTORS = {
    [0] = "310e0edd47db6f72", [1] = "fd67dc93c539f874", [2] = "5a4fa9d909806c0d",
    [3] = "2d7efbd796666785", [4] = "b7877127e09427cf", [5] = "8da699cd64557618",
    [6] = "cee3fe586e46c9cb", [7] = "37d1018bf50002ab", [8] = "6224939a79f5f593",
    [15] = "e545be4961ca29a1", [63] = "724506eb4c328a95",
  }

  it("is SipHash-2-4", function()
    local k0, k1 = string.unpack("<i8i8", counting(16))
    for length, bytes in pairs(VECTORS) do
      local made = string.pack("<i8", siphash(counting(length), k0, k1))
      assert.equal(bytes, (made:gsub(".", function(c) return ("%02x"):format(c:byte()) end)))
    end
  end)

  it("is a whole number that is not negative", function()
    assert.equal(0xa129ca6149be45e5 >> 1, pure.hash(counting(15), counting(16)))
    for i = 1, 1000 do
      local hash = pure.hash(i)
      if math.type(hash) ~= "integer" or hash < 0 then error(("%s of %d"):format(hash, i)) end
    end
  end)

  it("has a key of 16 NULs unless told otherwise", function()
    assert.equal(pure.hash("x", ("\0"):rep(16)), pure.hash "x")
    assert.not_equal(pure.hash("x", counting(16)), pure.hash "x")
  end)

  it("takes a number as the text it is", function()
    assert.equal(pure.hash "8080", pure.hash(8080))
  end)

  it("complains at whoever calls it wrongly", function()
    assert.matches("_spec.*#1 to 'hash' %(string expected, got nil%)",
      complaint(function() pure.hash() end))
    assert.matches("_spec.*#2 to 'hash' %(a key has 16 bytes%)",
      complaint(function() pure.hash("x", "short") end))
  end)
end)

describe("rendezvous", function()
  -- Who of IDS gets KEY.
  local function owner_of(key, ids, weights)
    local best, high = nil, -1
    for i, id in ipairs(ids) do
      local score = pure.rendezvous(key, id, weights and weights[i])
      if score > high then best, high = id, score end
    end
    return best
  end

  it("gives away only the keys of whoever leaves", function()
    local ids = ids_up_to(7)
    local rest = { table.unpack(ids, 1, 6) }
    local moved = 0
    for key = 1, 500 do
      local before, after = owner_of("k" .. key, ids), owner_of("k" .. key, rest)
      if before == ids[7] then moved = moved + 1 elseif before ~= after then error(key) end
    end
    assert.near(500 / 7, moved, 25)
  end)

  it("shares by weight", function()
    local weights, shares = { 1, 2, 5 }, { a = 0, b = 0, c = 0 }
    for key = 1, 2000 do
      local id = owner_of("k" .. key, { "a", "b", "c" }, weights)
      shares[id] = shares[id] + 1
    end
    assert.near(250, shares.a, 45)
    assert.near(500, shares.b, 60)
    assert.near(1250, shares.c, 70)
  end)

  it("leaves the fullest of a hundred with too much, as chance does", function()
    local hashes, shares, rendezvous = {}, {}, pure.rendezvous
    for i, id in ipairs(ids_up_to(100)) do hashes[i], shares[i] = pure.hash(id), 0 end
    for key = 1, 1000 do
      local best, high = 1, -1
      for i = 1, 100 do
        local score = rendezvous(key, hashes[i])
        if score > high then best, high = i, score end
      end
      shares[best] = shares[best] + 1
    end
    local most = math.max(table.unpack(shares)) / 10
    assert.is_true(most > 1.3 and most < 2.5, most)
  end)

  it("takes a whole number as a hash", function()
    local key, id = pure.hash "key", pure.hash "id"
    assert.equal(pure.rendezvous("key", "id", 2), pure.rendezvous(key, id, 2))
    assert.equal(pure.rendezvous("key", "id"), pure.rendezvous("key", "id", 1))
  end)

  it("is finite and above 0 for whatever hashes", function()
    local random = testing.random(5)
    for _ = 1, 1000 do
      local key = random(math.maxinteger) * 2 + random(2)
      local score = pure.rendezvous(key, random(math.maxinteger), 1)
      if not (score > 0 and score < math.huge) then error(score) end
    end
    assert.equal(0, pure.rendezvous("key", "id", 0))
  end)

  it("complains at whoever calls it wrongly", function()
    assert.matches("_spec.*#1 to 'rendezvous'", complaint(function() pure.rendezvous(nil, "a") end))
    assert.matches("_spec.*#2 to 'rendezvous'", complaint(function() pure.rendezvous("a", {}) end))
  end)
end)

describe("Maglev's table", function()
  local SIZE = 65537

  -- A table as a list of ids.
  local function owners_in(made, ids)
    local owners, unpack = {}, string.unpack
    for at = 1, #made, 2 do owners[at + 1 >> 1] = ids[1 + unpack("<I2", made, at)] end
    return owners
  end

  local function owners_of(ids, size, weights)
    return owners_in(pure.maglev(ids, size, weights), ids)
  end

  -- How many slots each has.
  local function shares_of(owners, ids)
    local shares = {}
    for _, id in ipairs(ids) do shares[id] = 0 end
    for i = 1, #owners do shares[owners[i]] = shares[owners[i]] + 1 end
    return shares
  end

  it("is the one in the paper", function()
    assert.same({ 1, 0, 1, 0, 2, 2, 0 }, pure.maglev_fill({ 3, 0, 3 }, { 4, 2, 1 }, 7))
    assert.same({ 0, 0, 0, 0, 1, 1, 1 }, pure.maglev_fill({ 3, 3 }, { 4, 1 }, 7))
  end)

  it("is even, and changes little when one of 1,000 leaves", function()
    local ids = ids_up_to(1000)
    local before = owners_of(ids, SIZE)
    local gone = table.remove(ids, 500)
    local after = owners_of(ids, SIZE)
    local moved, needless = 0, 0
    for slot = 1, SIZE do
      local id = before[slot]
      if after[slot] ~= id then
        moved = moved + 1
        if id ~= gone then needless = needless + 1 end
      end
    end
    for id, n in pairs(shares_of(before, { gone, table.unpack(ids) })) do
      if n ~= 65 and n ~= 66 then error(("%s has %d slots"):format(id, n)) end
    end
    assert.is_true(moved - needless == 65 or moved - needless == 66)
    assert.is_true(needless < 0.01 * SIZE, needless)
  end)

  it("shares by weight", function()
    local ids = { "a", "b", "c", "d" }
    local shares = shares_of(owners_of(ids, 4099, { 1, 2, 5.5, 0 }), ids)
    assert.near(4099 / 8.5, shares.a, 2)
    assert.near(4099 / 8.5 * 2, shares.b, 2)
    assert.near(4099 / 8.5 * 5.5, shares.c, 3)
    assert.equal(0, shares.d)
  end)

  it("is the same for equal weights as for none", function()
    local ids, weights = ids_up_to(30), {}
    for i = 1, 30 do weights[i] = 0.1 end
    assert.equal(pure.maglev(ids, 1009), pure.maglev(ids, 1009, weights))
  end)

  it("is full, whatever the weights", function()
    local random = testing.random(11)
    for _ = 1, 50 do
      local ids, weights = ids_up_to(random(20)), {}
      for i = 1, #ids do weights[i] = random() * 10.0 ^ (random(40) - 20) end
      assert.equal(101, #owners_of(ids, 101, weights))
    end
    assert.same({ "b", "b" }, owners_of({ "a", "b" }, 2, { 1e-320, 1e300 }))
  end)

  it("is quick even if one outweighs all", function()
    local ids, weights = ids_up_to(1000), {}
    for i = 1, 1000 do weights[i] = 1 end
    weights[1] = 65535
    local began = os.clock()
    local shares = shares_of(owners_of(ids, 10007, weights), ids)
    assert.is_true(os.clock() - began < 0.3)
    assert.equal(10007 - 999, shares[ids[1]])   -- everybody else has one
  end)

  it("finds an owner in two bytes a slot", function()
    local ids = { "a", "b", "c" }
    local made = pure.maglev(ids, 13)
    assert.equal(26, #made)
    local shares = shares_of(owners_in(made, ids), ids)
    assert.same({ a = 5, b = 4, c = 4 }, shares)
  end)

  it("has a size that is prime", function()
    assert.is_true(maglev.is_prime(2) and maglev.is_prime(655373) and maglev.is_prime(65537))
    assert.is_false(maglev.is_prime(1) or maglev.is_prime(9) or maglev.is_prime(65536))
  end)

  it("is not made of mistakes", function()
    local cases = {
      { "#1 .*a list of 1 to 65535 ids", nil, 7 }, { "#1 .*a list of 1 to 65535 ids", {}, 7 },
      { "#1 .*an id must be a string", { {} }, 7 }, { "#1 .*an id is there twice", { 1, "1" }, 7 },
      { "#2 .*a prime number up to 655373", { "a" }, 8 }, { "#2 .*a prime number", { "a" } },
      { "#2 .*a prime number", { "a" }, 655379 }, { "#2 .*a prime number", { "a" }, -7 },
      { "#3 .*a weight from 0 on for each", { "a", "b" }, 7, { 1 } },
      { "#3 .*a weight from 0 on for each", { "a" }, 7, { 0 / 0 } },
      { "#3 .*a weight above 0", { "a" }, 7, { 0 } }, { "#3 .*table expected", { "a" }, 7, 1 },
    }
    for _, case in ipairs(cases) do
      local call = function() pure.maglev(case[2], case[3], case[4]) end
      assert.matches("_spec.*bad argument " .. case[1], complaint(call))
    end
  end)
end)

describe("a counter", function()
  it("counts, and is known by its name", function()
    local c = luaproxy.counter "spec"
    assert.equal(0, c:get())
    assert.equal(1, c:add())
    assert.equal(6, c:add(5))
    assert.equal(4, luaproxy.counter("spec"):add(-2))
    assert.equal(4, c:get())
    assert.equal(0, luaproxy.counter("another"):get())
  end)

  it("takes whole numbers, and has a name", function()
    local c = luaproxy.counter "whole"
    assert.matches("_spec.*a whole number expected", complaint(function() c:add(0.5) end))
    for _, name in ipairs { "", ("x"):rep(101), 7, "a\0b" } do
      local call = function() luaproxy.counter(name) end
      assert.matches("_spec.*a name of 1 to 100 bytes", complaint(call))
    end
  end)
end)

describe("the clock", function()
  it("is the system's, or whatever a test puts in its place", function()
    assert.near(os.time(), luaproxy.now(), 2)
    local before = pure.clock
    pure.clock = function() return 12.5 end
    local now = luaproxy.now()
    pure.clock = before
    assert.equal(12.5, now)
  end)
end)

describe("waiting", function()
  it("hands out what it waits for, and takes the answer", function()
    local thread = waiting.create(function(url)
      luaproxy.sleep(2)
      return luaproxy.http(url, { method = "POST", body = "x", timeout = 1 })
    end)
    local function resume(...) return select(2, assert(coroutine.resume(thread, ...))) end
    assert.same({ what = "sleep", seconds = 2 }, resume "http://a/")
    assert.same({ what = "http", url = "http://a/", method = "POST", body = "x", timeout = 1 },
      resume())
    assert.equal("refused", select(2, resume(nil, "refused")))
    assert.equal("dead", coroutine.status(thread))
  end)

  it("is refused where nobody answers", function()
    local only = " only works in a waiting function, in the proxy or in luaproxy.testing.run"
    assert.matches("_spec.*sleep" .. only, complaint(function() luaproxy.sleep(1) end))
    assert.matches("_spec.*http" .. only, complaint(function() luaproxy.http "http://a/" end))
    local other = coroutine.create(function() luaproxy.sleep(1) end)
    assert.is_false(coroutine.resume(other))
  end)

  it("complains of bad arguments", function()
    local function waits(f)
      return select(2, coroutine.resume(waiting.create(f)))
    end
    assert.matches("seconds from 0 on", waits(function() luaproxy.sleep(-1) end))
    assert.matches("seconds from 0 on", waits(function() luaproxy.sleep(0 / 0) end))
    assert.matches("a URL expected", waits(function() luaproxy.http() end))
    assert.matches('"metod" of \'http\' %(no such option expected',
      waits(function() luaproxy.http("http://a/", { metod = "GET" }) end))
    assert.matches('"body" of \'http\' %(string expected',
      waits(function() luaproxy.http("http://a/", { body = 1 }) end))
  end)
end)
