-- scripts/routing.lua: the host and the path of a request decide which pool serves it.

local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

local function load(...)
  local _, script = pools.load("scripts/routing.lua", ":0", ...)
  return script
end

local function route(given)
  return load("a:80").route(testing.request(given), testing.ctx())
end

describe("routing", function()
  it("sends what is below /api/ to the pool api, and only that", function()
    for _, path in ipairs { "/api/", "/api/users/1" } do
      assert.equal("api", route { path = path }, path)
    end
    for _, path in ipairs { "/", "/api", "/apiary", "/v1/api/", "/API/", "/%61pi/" } do
      assert.equal("static", route { path = path }, path)
    end
  end)

  it("sends the host admin to its pool, however it is written, and whatever the path", function()
    for _, host in ipairs { "admin.example.com", "ADMIN.Example.com:8080", "admin.test" } do
      assert.equal("admin", route { host = host, path = "/api/" }, host)
    end
    for _, host in ipairs { "example.com", "badmin.example.com", "www.admin.com", "admin", "" } do
      assert.equal("static", route { host = host }, host)
    end
  end)

  it("does not believe what is not the host", function()
    assert.equal("static", route { headers = { ["X-Forwarded-Host"] = "admin.example.com" } })
    assert.equal("static", route { query = "/api/" })
  end)

  it("deals the backends out to the pools, none of which is without", function()
    for words, expected in pairs {
      ["a:1"] = { "a:1", "a:1", "a:1" },
      ["a:1 b:1"] = { "a:1", "b:1", "a:1" },
      ["a:1 b:1 c:1"] = { "a:1", "b:1", "c:1" },
      ["a:1 b:1 c:1 d:1 e:1"] = { "a:1 d:1", "b:1 e:1", "c:1" },
    } do
      local list = {}
      for word in words:gmatch "%S+" do list[#list + 1] = word end
      local dealt = load(table.unpack(list)).pools
      for i, name in ipairs { "api", "static", "admin" } do
        assert.equal(expected[i], table.concat(dealt[name].backends, " "), words)
      end
    end
  end)
end)
