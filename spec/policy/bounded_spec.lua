-- scripts/bounded.lua: a user stays at one backend, unless that has much more to do than others.

local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

local SCRIPT = "scripts/bounded.lua"

local function user(i)
  return { headers = { ["x-user"] = "user" .. i }, client = { ip = "10.0.0.1" } }
end

-- Where each of N users goes.
local function homes(pick, up, n)
  local list = {}
  for i = 1, n do list[i] = pick(up, user(i)).id end
  return list
end

describe("consistent hashing with bounded loads", function()
  it("sends a user to the same backend, in every proxy", function()
    local up = pools.equal(5)
    local pick = pools.load(SCRIPT)
    assert.same(homes(pick, up, 50), homes(pick, up, 50))
    assert.same(homes(pick, up, 50), homes(pools.load(SCRIPT), pools.equal(5), 50))
  end)

  it("shares users by weight", function()
    local up, count = pools.of_weights { 1, 3 }, 0
    for _, id in ipairs(homes(pools.load(SCRIPT), up, 800)) do
      if id == "b" then count = count + 1 end
    end
    assert.near(600, count, 50)
  end)

  it("moves only the users of a backend that leaves", function()
    local up, pick = pools.equal(5), pools.load(SCRIPT)
    local before = homes(pick, up, 200)
    table.remove(up, 2)
    for i, id in ipairs(homes(pick, up, 200)) do
      assert.is_true(id == before[i] or before[i] == "b")
    end
  end)

  it("lets nobody have more than 125 % of its share and one request, whoever asks", function()
    pools.each(function(up)
      local pick, weight = pools.load(SCRIPT), 0
      for _, b in ipairs(up) do b.inflight, weight = 0, weight + b.weight end
      for n = 1, 40 do
        local b = pick(up, user(1))
        b.inflight = b.inflight + 1
        if b.inflight >= 1.25 * n * b.weight / weight + 1 then
          error(("%d of %d requests"):format(b.inflight, n))
        end
      end
    end)
  end)

  it("returns to the home of a user when there is room again", function()
    local up, pick = pools.equal(3), pools.load(SCRIPT)
    local home = pick(up, user(1))
    home.inflight = 3
    assert.not_equal(home, pick(up, user(1)))
    home.inflight = 0
    assert.equal(home, pick(up, user(1)))
  end)

  it("goes by the address of who has no name", function()
    local up, pick, seen, count = pools.equal(3), pools.load(SCRIPT), {}, 0
    for i = 1, 60 do
      local request = testing.request { client = { ip = "10.0.0." .. i } }
      local b = pick(up, request)
      assert.equal(b, pick(up, request))
      if not seen[b] then seen[b], count = true, count + 1 end
    end
    assert.equal(3, count)
  end)
end)
