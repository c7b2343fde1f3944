-- luaproxy.limit: a bucket of tokens for each key.

local limit = require "luaproxy.limit"
local testing = require "luaproxy.testing"

-- The same, the slow way: tokens are counted.
local model = {}
model.__index = model

local function new_model(rate, burst)
  return setmetatable({ rate = rate, burst = burst, tokens = burst }, model)
end

function model:allow(now, cost)
  self.tokens = math.min(self.burst, self.tokens + (now - (self.at or now)) * self.rate)
  self.at = now
  if self.tokens < cost - 1e-7 then return false end
  self.tokens = self.tokens - cost
  return true
end

-- What a limit says to one who comes at these moments: "y" or "n" for each.
local function told(l, moments, cost)
  local said = {}
  for i, now in ipairs(moments) do said[i] = l:allow("k", now, cost) and "y" or "n" end
  return table.concat(said)
end

-- N moments, from FROM on, STEP apart.
local function moments(n, from, step)
  local list = {}
  for i = 1, n do list[i] = from + (i - 1) * step end
  return list
end

local function complaint(f, ...)
  local ok, why = pcall(f, ...)
  assert.is_false(ok)
  return why
end

describe("a limit", function()
  it("says what the textbook says", function()
    assert.equal("yynnyn", told(limit { rate = 1, burst = 2 }, { 0, 0, 0, 0.5, 1, 1.9 }))
    assert.equal("yyynyyn", told(limit { rate = 2, burst = 3 }, { 5, 5, 5, 5.25, 5.5, 6, 6.25 }))
    assert.equal("ynynynyn", told(limit { rate = 4, burst = 1 }, moments(8, 100, 0.125)))
    assert.equal("yyyyynnnnn", told(limit { rate = 0.1, burst = 5 }, moments(10, 0, 0.5)))
  end)

  it("is a bucket of tokens, whatever happens", function()
    for seed = 1, 50 do
      local random = testing.random(seed * 7919)
      local rate, burst = random(1000) / 10, random(20)
      local l, m, now = limit { rate = rate, burst = burst }, new_model(rate, burst), random(1000)
      for step = 1, 300 do
        now = now + random() * 3 / rate
        local cost = random(3) == 1 and random(burst) or 1
        if l:allow("k", now, cost) ~= m:allow(now, cost) then
          error(("with seed %d, at step %d"):format(seed, step))
        end
      end
    end
  end)

  it("lets a burst pass at whatever time the clock began, and no more while it stands", function()
    for _, now in ipairs { -5, 0, 0.1, 1 / 3, 1000, 86400 * 365.25 } do
      for _, rate in ipairs { 0.001, 1, 10, 12345, 1e6 } do
        assert.equal(("y"):rep(50) .. ("n"):rep(50),
          told(limit { rate = rate, burst = 50 }, moments(100, now, 0)))
      end
    end
  end)

  it("says how long to wait, and it is true", function()
    local l = limit { rate = 4, burst = 2 }
    assert.is_true(l:allow("k", 10))
    assert.is_true(l:allow("k", 10))
    assert.same({ false, 0.25 }, { l:allow("k", 10) })
    assert.same({ false, 0.125 }, { l:allow("k", 10.125) })
    assert.is_true(l:allow("k", 10.25))
    assert.is_false((l:allow("k", 10.25)))
  end)

  it("counts what costs more for more, and what costs nothing for nothing", function()
    local l = limit { rate = 10, burst = 100 }
    assert.is_true(l:allow("k", 0, 60))
    assert.same({ false, 2 }, { l:allow("k", 0, 60) })
    assert.is_true(l:allow("k", 0, 40))
    assert.is_false((l:allow("k", 0)))
    assert.is_true(l:allow("k", 0, 0))
    assert.is_true(l:allow("k", 6, 60))
  end)

  it("never allows what is more than a burst", function()
    local l = limit { rate = 10, burst = 5 }
    assert.same({ false, math.huge }, { l:allow("k", 0, 6) })
    assert.is_true(l:allow("k", 0, 5))
  end)

  it("keeps many keys apart, of any kind", function()
    local l = limit { rate = 1, burst = 1 }
    for i = 1, 10000 do
      assert(l:allow("k" .. i, 0) and l:allow(i, 0) and not l:allow("k" .. i, 0))
    end
  end)

  it("remembers as many as it is told to, those that came last", function()
    local l = limit { rate = 1, burst = 1, size = 3 }
    for _, key in ipairs { "a", "b", "c", "a", "d" } do l:allow(key, 0) end
    assert.is_false((l:allow("a", 0)))
    assert.is_true(l:allow("b", 0))
  end)

  it("has a burst as large as the rate of a second, if nobody says otherwise", function()
    assert.equal("yyyn", told(limit { rate = 3 }, moments(4, 0, 0)))
    assert.equal("yn", told(limit { rate = 0.2 }, moments(2, 0, 0)))
  end)

  it("lets pass what has no key", function()
    local l = limit { rate = 1, burst = 1 }
    for _ = 1, 5 do assert.is_true(l:allow(nil, 0)) end
  end)

  it("names the option that is wrong, and where", function()
    for option, given in pairs {
      ["rate must be a number from 1e%-09 on"] = {},
      ["rate must be"] = { rate = 0 },
      ["rate must be a number"] = { rate = "10" },
      ["rate must"] = { rate = math.huge },
      ["burst must be a number from 1 on"] = { rate = 1, burst = 0.5 },
      ["size must be a number"] = { rate = 1, size = 0 },
      ["size must be a whole number"] = { rate = 1, size = 1.5 },
      ["key must be a function"] = { rate = 1, key = "x-user" },
      ['unknown option "brust"'] = { rate = 1, brust = 5 },
    } do
      assert.matches("limit_spec%.lua:%d+: .*" .. option, complaint(function()
        local l = limit(given)
        return l
      end))
    end
    assert.matches("unknown option", complaint(limit, { rat = 1 }))
    assert.matches("options must be a table", complaint(limit, 10))
  end)

  it("complains of a moment or a cost that is none", function()
    local l = limit { rate = 1 }
    assert.matches("now must be a number", complaint(l.allow, l, "k"))
    assert.matches("cost must be a number", complaint(l.allow, l, "k", 0, -1))
    assert.matches("cost must be a number", complaint(l.allow, l, "k", 0, 0 / 0))
  end)
end)

describe("a limit as a hook", function()
  local function request(ip, user)
    return testing.request { client = { ip = ip }, headers = { ["x-user"] = user } }
  end

  it("is what `request` takes, and can be called in another hook", function()
    local l, ctx = limit { rate = 1, burst = 2 }, testing.ctx { now = 5 }
    assert.equal("function", type(l[1]))
    assert.is_nil(l[1](request "10.0.0.1", ctx))
    assert.is_nil(l(request "10.0.0.1", ctx))
    assert.equal(429, l(request "10.0.0.1", ctx).status)
    assert.equal(429, l[1](request "10.0.0.1", ctx).status)
  end)

  it("goes by the address of the client, if nobody says otherwise", function()
    local l, ctx = limit { rate = 1, burst = 1 }, testing.ctx()
    assert.is_nil(l(request("10.0.0.1", "me"), ctx))
    assert.is_nil(l(request("10.0.0.2", "me"), ctx))
    assert.equal(429, l(request("10.0.0.1", "you"), ctx).status)
  end)

  it("goes by what it is told, which may be nothing", function()
    local l = limit {
      rate = 1, burst = 1, key = function(req, ctx) return ctx.pool and req.headers["x-user"] end,
    }
    local ctx = testing.ctx()
    assert.is_nil(l(request("10.0.0.1", "me"), ctx))
    assert.equal(429, l(request("10.0.0.2", "me"), ctx).status)
    for _ = 1, 3 do assert.is_nil(l(request("10.0.0.1"), ctx)) end
  end)

  it("says in whole seconds when to come again, one at least", function()
    for rate, seconds in pairs { [100] = "1", [1] = "1", [0.4] = "3", [0.001] = "1000" } do
      local l, ctx = limit { rate = rate, burst = 1 }, testing.ctx()
      l(request "10.0.0.1", ctx)
      local reply = l(request "10.0.0.1", ctx)
      assert.same({ 429, seconds, "string" },
        { reply.status, reply.headers["Retry-After"], type(reply.body) })
      ctx.now = ctx.now + tonumber(seconds)
      assert.is_nil(l(request "10.0.0.1", ctx))
    end
  end)

  it("shares what it counts with allow", function()
    local l, ctx = limit { rate = 1, burst = 1 }, testing.ctx { now = 3 }
    assert.is_nil(l(request "10.0.0.1", ctx))
    assert.is_false((l:allow("10.0.0.1", 3)))
  end)
end)
