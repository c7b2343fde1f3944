-- luaproxy.cache: a bounded map from which whoever was used least recently goes.

local cache = require "luaproxy.cache"
local testing = require "luaproxy.testing"

-- The same, the slow way: a list of { key, value }, the newest first.
local model = {}
model.__index = model

local function new_model(n)
  return setmetatable({ n = n, list = {} }, model)
end

function model:take(key)
  for i, entry in ipairs(self.list) do
    if entry[1] == key then return table.remove(self.list, i) end
  end
end

function model:get(key)
  local entry = self:take(key)
  if not entry then return nil end
  table.insert(self.list, 1, entry)
  return entry[2]
end

function model:put(key, value)
  self:take(key)
  if value == nil then return end
  table.insert(self.list, 1, { key, value })
  self.list[self.n + 1] = nil
end

local function listed(c)
  local list = {}
  for key, value in pairs(c) do list[#list + 1] = { key, value } end
  return list
end

-- The entries of a list of them, as a text.
local function text_of(list)
  local texts = {}
  for i, entry in ipairs(list) do texts[i] = entry[1] .. "=" .. tostring(entry[2]) end
  return table.concat(texts, " ")
end

local function keys(c)
  local list = {}
  for key in pairs(c) do list[#list + 1] = tostring(key) end
  return table.concat(list, " ")
end

-- Some key, of several types.
local function some_key(random, n)
  local i = random(n)
  return i % 3 == 0 and i or i % 3 == 1 and "k" .. i or i + 0.5
end

local function run_beside_model(seed)
  local random = testing.random(seed)
  local n = random(9)
  local c, m = cache(n), new_model(n)
  for step = 1, 100 do
    local key, act = some_key(random, 3 * n), random(10)
    local value = nil
    if act > 5 then value = act > 9 and step % 2 == 0 or step end
    if act <= 4 then
      if m:get(key) ~= c[key] then error("it has another value at step " .. step) end
    else
      m:put(key, value)
      c[key] = value
    end
    if text_of(m.list) ~= text_of(listed(c)) or #m.list ~= #c then
      error("it has other content after step " .. step)
    end
  end
end

describe("a cache", function()
  it("behaves as a list that is searched from end to end", function()
    for seed = 1, 20 do
      local ok, why = pcall(run_beside_model, seed * 104729)
      if not ok then error(("with seed %d: %s"):format(seed, tostring(why)), 0) end
    end
  end)

  it("drops whoever was used least recently, be it read or written", function()
    local c = cache(3)
    c.a, c.b, c.c = 1, 2, 3
    assert.equal(1, c.a)
    c.b = 4
    c.d = 5
    assert.equal("d b a", keys(c))
    assert.is_nil(c.c)
  end)

  it("may have room for one", function()
    local c = cache(1)
    c.a = 1
    c.b = 2
    assert.same({ { "b", 2 } }, listed(c))
    c.b = nil
    assert.same({}, listed(c))
  end)

  it("keeps false, and removes by nil", function()
    local c = cache(2)
    c.a = false
    assert.is_false(c.a)
    c.a = nil
    c.b = nil
    assert.equal(0, #c)
  end)

  it("can be changed while pairs goes through it", function()
    local c = cache(4)
    for i = 1, 4 do c[i] = i end
    local seen = {}
    for key, value in pairs(c) do
      seen[#seen + 1] = key
      c[key] = value + 1
      if key == 3 then c[2] = nil end
      if key == 1 then c.new = true end
    end
    assert.same({ 4, 3, 1 }, seen)
    assert.equal("new 1 3 4", keys(c))
  end)

  it("makes no garbage when something is found in it", function()
    local c = cache(100)
    for i = 1, 100 do c[i] = i end
    collectgarbage()
    collectgarbage "stop"
    local before = collectgarbage "count"
    for i = 1, 10000 do c[i % 100 + 1] = c[i % 37 + 1] end
    local after = collectgarbage "count"
    collectgarbage "restart"
    assert.equal(before, after)
  end)

  it("is as quick when it is full, whatever its size", function()
    for _, n in ipairs { 1000, 1023, 1024, 1025, 4096 } do
      local c = cache(n)
      for i = 1, n do c[i] = i end
      local began = os.clock()
      for i = 1, 5000 do c["k" .. i] = i end
      assert.is_true(os.clock() - began < 0.2, n)
    end
  end)

  it("has room for a whole number, and keys that are something", function()
    for _, n in ipairs { 0, -1, 1.5, "x" } do
      assert.has_error(function() cache(n) end,
        "bad argument #1 to 'cache' (a whole number from 1 on expected)")
    end
    local c = cache(2)
    assert.is_nil(c[nil])
    local refused = "a key must be neither nil nor NaN"
    assert.has_error(function() c[nil] = 1 end, refused)
    assert.has_error(function() c[0 / 0] = 1 end, refused)
  end)
end)
