-- policy.canary: a share of the people goes to another pool.

local canary = require "luaproxy.policy.canary"
local testing = require "luaproxy.testing"

local function route_of(options)
  local all = { pool = "canary", otherwise = "stable" }
  for name, value in pairs(options) do all[name] = value end
  return canary(all)
end

local function from(ip)
  return { client = { ip = ip }, headers = {}, cookies = {} }
end

-- Who of N people is sent to the pool "canary", as a set, and how many they are.
local function chosen(route, n)
  local set, count = {}, 0
  for i = 1, n do
    local ip = ("10.0.%d.%d"):format(i // 256, i % 256)
    if route(from(ip)) ~= "stable" then set[ip], count = true, count + 1 end
  end
  return set, count
end

describe("a canary", function()
  it("gets the percentage of the people", function()
    for percent, expected in pairs { [0] = 0, [5] = 100, [50] = 1000, [100] = 2000 } do
      local _, count = chosen(route_of { percent = percent }, 2000)
      assert.near(expected, count, 2.5 * math.sqrt(expected) * (percent < 100 and 1 or 0))
    end
    assert.equal("stable", route_of {}(from "10.0.0.1"))
  end)

  it("keeps everybody on his side, and those who are in it when it grows", function()
    local few = chosen(route_of { percent = 5 }, 1000)
    assert.same(few, (chosen(route_of { percent = 5 }, 1000)))
    local many = chosen(route_of { percent = 20 }, 1000)
    for ip in pairs(few) do assert.is_true(many[ip]) end
  end)

  it("does not meet the same people as another canary", function()
    local one = chosen(route_of { percent = 50 }, 1000)
    local other = chosen(route_of { percent = 50, pool = "next" }, 1000)
    local both = 0
    for ip in pairs(one) do both = both + (other[ip] and 1 or 0) end
    assert.near(250, both, 50)
  end)

  it("is for whoever asks for it, and not for whoever does not want it", function()
    local none, all = route_of { percent = 0 }, route_of { percent = 100, header = "x-try" }
    assert.equal("canary", none(testing.request { headers = { ["X-Canary"] = "always" } }))
    assert.equal("stable", none(testing.request { headers = { ["X-Canary"] = "perhaps" } }))
    assert.equal("stable", all(testing.request { headers = { ["X-Try"] = "never" } }))
    assert.equal("canary", all(testing.request { headers = { ["X-Canary"] = "never" } }))
  end)

  it("knows people by a cookie, or else by their addresses", function()
    local route = route_of { percent = 50, key = "cookie:user" }
    local sides = {}
    for i = 1, 20 do
      local one = route(testing.request { cookies = { user = "u" .. i } })
      local other = route(testing.request {
        cookies = { user = "u" .. i }, client = { ip = "10.0.0." .. i },
      })
      assert.equal(one, other)
      sides[one] = true
      assert.equal(route(from("10.0.0." .. i)), route_of { percent = 50 }(from("10.0.0." .. i)))
    end
    assert.same({ canary = true, stable = true }, sides)
  end)

  it("complains of what cannot be", function()
    assert.error_matches(function() canary { pool = "x" } end, "names of two pools")
    assert.error_matches(function() route_of { percent = 101 } end, "from 0 to 100")
    assert.error_matches(function() route_of { percent = "5" } end, "from 0 to 100")
  end)
end)
