-- Trying a script without a network, as `luaproxy --check` does.

local luaproxy = require "luaproxy"
local testing = require "luaproxy.testing"

-- A sound script, but for what is given.
local function script(given)
  local result = { listen = ":1", backends = { "x:1", { "http://y:2/", id = "why" } } }
  for name, value in pairs(given or {}) do result[name] = value end
  return result
end

local function complaints_of(given)
  return table.concat((testing.dryrun(script(given), 0)), "\n")
end

local function any(up, _, ctx) return up[ctx.random(#up)] end

describe("the dry run", function()
  it("has nothing to say against a sound script", function()
    assert.equal("", complaints_of())
    assert.equal("", complaints_of { pick = any })
    assert.equal("", complaints_of {
      pick = { pick = any, done = function(_, result) return result.t end },
      request = function(req, ctx)
        ctx.data.id = req.id
        req.headers["X-Id"] = req.id
        return req.path == "/api/" and { status = 403, headers = { A = { "b", "c" } } } or nil
      end,
      response = function(res, req, ctx)
        assert(ctx.data.id == req.headers["x-id"])
        res.headers["X-Backend"] = req.backend.id
      end,
    })
  end)

  it("says how a policy behaves with other backends, and how long it takes", function()
    local _, notes = testing.dryrun(script { pick = function(up) return up[1] end }, 3)
    local text = table.concat(notes, "\n")
    assert.matches("pool default, with random backends: fed fails: b%d got none", text)
    assert.matches("a choice takes .* us with 10 backends", text)
  end)

  it("names the request with which a function has failed, once", function()
    local text = complaints_of {
      request = function(req) return #req.headers["user-agent"] > 3 and nil or nil end,
    }
    assert.matches("^request failed: .*dryrun_spec.lua:%d+: .*user%-agent.* %(GET /%)$", text)
    assert.is_nil(text:find "\n")
  end)

  it("names a backend's request that pick cannot stand", function()
    local text = complaints_of { pick = function(up, req) return up[1 + #req.host % 2] end }
    assert.equal("", text)
    text = complaints_of { pick = function(up, req) return up[#req.cookies.uid] end }
    assert.matches("^pick of pool default failed: .*'uid'%) %(GET /%)$", text)
  end)

  it("finds answers that cannot be used, and writing", function()
    assert.matches("pick of pool default chose what is no element of `up` %(GET /%)",
      complaints_of { pick = function() return { id = "why" } end })
    assert.matches("pool default: pick wrote `inflight` of x:1: %d+ became 7",
      complaints_of { pick = function(up, _, ctx)
        ctx.all[1].inflight = 7
        return up[1]
      end })
  end)

  it("has backends fail, come and go", function()
    assert.matches("pool default: done raised an error: .*'ttfb'",
      complaints_of { pick = { pick = any, done = function(_, r) return r.ttfb + 1 end } })
    assert.matches("pool default: pick raised an error: .*index a nil value",
      complaints_of { pick = function(up) return up[2].id and up[2] end })
    assert.matches("pool default: save gave what is not plain data", complaints_of {
      pick = { pick = any, save = function() return { any } end, restore = print },
    })
  end)

  it("tells policies of the backends before they choose", function()
    local known
    assert.equal("", complaints_of { pick = {
      changed = function(up) known = up end,
      pick = function(up, _, ctx)
        assert(ctx.attempt > 1 or known == up)
        return any(up, nil, ctx)
      end,
    } })
    assert.matches("^changed of pool default failed: .*no %(GET /%)",
      complaints_of { pick = { pick = any, changed = function() error "no" end } })
  end)

  it("follows routes into pools, which have their own policies", function()
    local seen = {}
    local function remember(up, req, ctx)
      seen[ctx.pool] = req.path
      return up[1]
    end
    local function tries(route)
      return complaints_of { route = route, pools = {
        api = { backends = { "x:1" }, pick = remember },
        rest = { backends = { "y:1" }, pick = remember },
      } }
    end
    assert.equal("", tries(function(req) return req.path:find "^/api/" and "api" or "rest" end))
    assert.truthy(seen.api and seen.rest)
    assert.equal("", tries(function() end))
    assert.matches('^route gave "apo", which is no pool %(GET /%)$',
      tries(function() return "apo" end))
    assert.matches("^route gave a number, which is no pool", tries(function() return 1 end))
    assert.matches("^route failed: ", tries(function(req) req.path = "/" end))
  end)

  it("looks at replies", function()
    for reply, why in pairs {
      [1] = "what it returns must be a table or nil",
      [{ status = "200" }] = "the status of its reply must be",
      [{ status = 200, body = {} }] = "the body of its reply must be a text",
      [{ status = 200, headers = 1 }] = "the headers of its reply must be a table",
      [{ status = 200, headers = { A = "b\r\nC: d" } }] = "the header A must not have control",
      [{ status = 200, headers = { Connection = "close" } }] = "Connection is the proxy's own",
    } do
      assert.matches("^request: .*" .. why, complaints_of { request = function() return reply end })
    end
  end)

  it("lets hooks wait that are marked so, and no others", function()
    local function ask(req)
      luaproxy.sleep(1)
      local who, why = luaproxy.http "http://auth/"
      assert(who or why == "connection refused")
      req.headers["X-Who"] = who and who.status or nil
    end
    assert.equal("", complaints_of { request = { ask, waits = true } })
    assert.matches("^request failed: .*sleep only works in a waiting function",
      complaints_of { request = ask })
    assert.matches("^response failed: .*the header Upgrade",
      complaints_of { response = { function(res)
        luaproxy.sleep(1)
        res.headers.Upgrade = "x"
      end, waits = true } })
  end)

  it("needs nothing that scripts are not given", function()
    local given = { "io", "dofile", "loadfile", "collectgarbage", "debug", "xpcall" }
    local kept = {}
    for _, name in ipairs(given) do kept[name], _G[name] = _G[name], nil end
    local ok, complaints, notes = pcall(testing.dryrun, script { pick = any }, 3)
    for _, name in ipairs(given) do _G[name] = kept[name] end
    assert.is_true(ok, complaints)
    assert.same({ 0, true }, { #complaints, #notes > 0 })
  end)
end)
