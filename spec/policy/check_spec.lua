-- The check of policies: it finds what is wrong, and lets pass what is right.

local testing = require "luaproxy.testing"

local check = testing.policy.check

-- Any of a list.
local function any(up, ctx) return up[ctx.random(#up)] end

-- A number that comes of a text, for keys.
local function number_of(text)
  local n = 0
  for i = 1, #text do n = (n * 31 + text:byte(i)) & 0x7fffffff end
  return n
end

-- How much a key wants an id.
local function score(key, id)
  local n = number_of(key) * 0x9E3779B97F4A7C15 ~ number_of(id) * 0x94d049bb133111eb
  n = (n ~ n >> 30) * 0xbf58476d1ce4e5b9
  n = (n ~ n >> 27) * 0x94d049bb133111eb
  return (n ~ n >> 31) >> 1
end

local function rendezvous(up, req)
  local best, high = nil, -1
  for _, b in ipairs(up) do
    local s = score(req.client.ip, b.id)
    if s > high then best, high = b, s end
  end
  return best
end

-- By what each policy is found out, and what is said of it.
local FAULTS = {
  { "chooses a copy", "usable", "pick chose a copy of b1, not the element of `up`", function(up)
    return { id = up[1].id }
  end },
  { "chooses somebody else", "usable", "pick chose b%d, which is not in `up`", function(_, _, ctx)
    return any(ctx.all, ctx)
  end },
  { "chooses a number", "usable", "pick chose a number, which is no element", function()
    return 1
  end },
  { "chooses nobody", "usable", "pick chose nobody of %d+ usable ones", function(up, _, ctx)
    return ctx.random(50) > 1 and any(up, ctx) or nil
  end },
  { "gives no text as a reason", "usable", "the reason of pick must be a text", function(up)
    return up[1], true
  end },
  { "writes inflight", "usable", "pick wrote `inflight` of b1: 0 became 1", function(up)
    up[1].inflight = up[1].inflight + 1
    return up[1]
  end },
  { "takes data for a field to assign", "usable", "pick wrote `data` of b1", function(up)
    up[1].data = {}
    return up[1]
  end },
  { "sorts `up`", "usable", "pick changed the list `up`", function(up)
    table.sort(up, function(a, b) return a.inflight < b.inflight end)
    return up[1]
  end },
  { "empties ctx.all", "usable", "pick changed the list ctx.all", function(up, _, ctx)
    table.remove(ctx.all)
    return up[1]
  end },
  { "fails with one backend", "usable", "pick raised an error: .*bad argument", function(up, _, ctx)
    local i, j = ctx.random(#up), ctx.random(#up - 1)
    return up[j >= i and j or i]
  end },
  { "fails before there is an ewma", "usable", "compare", function(up)
    local best = up[1]
    for i = 2, #up do if up[i].ewma < best.ewma then best = up[i] end end
    return best
  end },
  { "relies on a header", "usable", "nil value %(field 'x%-user'%)", function(up, req)
    return up[#req.headers["x-user"] % #up + 1]
  end },
  { "writes to the request", "usable", "a request cannot be changed here", function(up, req)
    req.path = "/"
    return up[1]
  end },
  { "draws by math.random", "deterministic", "it asks for math.random", function(up)
    return up[math.random(#up)]
  end },
  { "goes by the clock of the machine", "deterministic", "it asks for os.time", function(up)
    return up[os.time() % #up + 1]
  end },
  { "prefers the first", "fair", "b1 got %d+ of %d+ requests", function(up, _, ctx)
    return ctx.random(4) == 1 and up[1] or any(up, ctx)
  end },
  { "never takes the last", "fed", "got none of %d+ requests", function(up, _, ctx)
    return up[ctx.random(math.max(1, #up - 1))]
  end },
  { "takes the first of the least busy", "fed", "in an idle pool of equals", function(up)
    local best = up[1]
    for i = 2, #up do if up[i].inflight < best.inflight then best = up[i] end end
    return best
  end },
  { "hashes by the number of backends", "disruption", "%d+ of the %d+ clients of others moved",
    function(up, req) return up[number_of(req.client.ip) % #up + 1] end },
}

-- The same for policies with a memory, which are made anew for each pool.
local MEMORIES = {
  { "keeps a position", "usable", "pick chose nobody", function()
    local turn, size = 0, nil
    return function(up)
      size = size or #up
      turn = turn % size + 1
      return up[turn]
    end
  end },
  { "keeps a backend", "usable", "which is not in `up`", function()
    local last
    return function(up, _, ctx)
      if ctx.random(3) == 1 then last = nil end
      last = last or any(up, ctx)
      return last
    end
  end },
  { "goes through a table by its addresses", "deterministic", "when all was repeated", function()
    return function(up, _, ctx)
      local set = {}
      for _, b in ipairs(up) do set[b] = true end
      for b in pairs(set) do if ctx.random(2) == 1 then return b end end
      return up[1]
    end
  end },
  { "counts on a result", "usable", "done raised an error: .*'ttfb'", function()
    return {
      pick = function(up) return up[1] end,
      done = function(_, result) return result.ttfb + 1 end,
    }
  end },
  { "writes when something has changed", "usable", "changed wrote `weight` of b1", function()
    return {
      pick = function(up) return up[1] end,
      changed = function(up) up[1].weight = 100 end,
    }
  end },
  { "saves a function", "usable", "save gave what is not plain data", function()
    return {
      pick = function(up) return up[1] end,
      save = function() return { f = print } end, restore = print,
    }
  end },
  { "cannot restore", "usable", "restore raised an error: .*old", function()
    return {
      pick = function(up) return up[1] end,
      save = function() return {} end, restore = function() error "too old" end,
    }
  end },
  { "does not probe on", "usable", "which is not in `up`", function()
    local turn = 0
    return function(up, _, ctx)
      if ctx.attempt > 1 then return ctx.all[1] end
      turn = turn % #up + 1
      return up[turn]
    end
  end },
}

local function faults_of(policy, property)
  local ok, text, report = check(policy, { pools = 12, only = property, times = false })
  assert.is_nil(ok)
  return report.failures[1], text, report
end

local function with(given)
  local all = { pools = 3, times = false, budget = 60 }
  for name, value in pairs(given or {}) do all[name] = value end
  return all
end

describe("the check of policies", function()
  describe("finds one that", function()
    for _, fault in ipairs(FAULTS) do
      local what, property, message, pick = table.unpack(fault)
      it(what, function()
        assert.matches(message, faults_of(pick, property).message)
      end)
    end

    for _, fault in ipairs(MEMORIES) do
      local what, property, message, new = table.unpack(fault)
      it(what, function()
        assert.matches(message, faults_of({ new = new }, property).message)
      end)
    end

    it("ignores weights, if it is told to be strict", function()
      local function pick(up, _, ctx) return any(up, ctx) end
      local report = assert(check(pick, with { only = "weights" }))
      assert.matches("pool default: ignores weights", table.concat(report.notes, "\n"))
      local ok, text = check(pick, with { only = "weights", strict = true })
      assert.is_nil(ok)
      assert.matches("weights fails for pool default: %d+ %% of the requests", text)
    end)
  end)

  describe("lets pass", function()
    it("leastconn, as it comes with luaproxy", function()
      local report = assert(check("scripts/leastconn.lua", with()))
      assert.same({ true, 3, "pool" }, { report.ok, report.tried, report.kind })
    end)

    it("a policy by which the request decides, and sees that it does", function()
      assert.equal("request", assert(check(rendezvous, with { only = "disruption" })).kind)
    end)

    it("a function, a policy table, a module that makes one, and the table of a script", function()
      local function pick(up, _, ctx) return any(up, ctx) end
      local module = setmetatable({}, { __call = function() return { pick = pick } end })
      for _, policy in ipairs {
        pick, { pick = pick }, module, { new = function() return pick end },
        { listen = ":1", backends = { "x:1" }, pick = pick },
        { listen = ":1", pools = { a = { backends = { "x:1" }, pick = { pick = pick } } } },
      } do assert(check(policy, with { only = "usable" })) end
    end)

    it("whoever may choose nobody, and says so", function()
      local function pick(up, _, ctx) return ctx.random(9) > 1 and any(up, ctx) or nil end
      assert.is_nil((check(pick, with { only = "usable" })))
      assert(check(pick, with { only = "usable", none = true }))
    end)
  end)

  it("looks at each pool of a script", function()
    local function sound(up, _, ctx) return any(up, ctx) end
    local script = { pools = { bad = { pick = function() return 1 end }, good = { pick = sound },
      none = {} } }
    local _, _, report = check(script, with { only = "usable" })
    assert.equal(1, #report.failures)
    assert.equal("bad", report.failures[1].pool)
    assert.matches("pool none: the proxy chooses", table.concat(report.notes, "\n"))
  end)

  it("makes a failing pool small", function()
    local function pick(up) return #up < 3 and up[1] or nil end
    local case = faults_of(pick, "usable").case
    assert.same({ 1, 1, 1 }, case.weights)
    assert.is_true(case.requests < 10)
  end)

  it("prints it as Lua that fails again", function()
    local function pick(up, _, ctx) return #up < 4 and any(up, ctx) or nil end
    local failure, text = faults_of(pick, "usable")
    assert.truthy(text:find("chose nobody", 1, true))
    local code = failure.snippet:match "policy%.check%(policy, ({.*})%)"
    local again = load("return " .. code)()
    local ok, _, report = check(pick, again)
    assert.is_nil(ok)
    assert.equal(failure.message, report.failures[1].message)
    local up = load("local testing = ... " .. failure.snippet:match "^(local up = {.-\n})"
      .. " return up")(testing)
    assert.equal(4, #up)
    assert.is_nil(pick(up, nil, testing.ctx()))
  end)

  it("reports what has failed once, even if it does not again", function()
    local calls = 0
    local failure = faults_of(function(up)
      calls = calls + 1
      return calls ~= 150 and up[1] or nil
    end, "usable")
    assert.matches("at choice %d+: pick chose nobody", failure.message)
  end)

  it("gives the same report for the same seed", function()
    local function pick(up, _, ctx) return ctx.random(200) > 1 and any(up, ctx) or nil end
    local given = { pools = 5, only = "usable", times = false, seed = 9 }
    local _, one = check(pick, given)
    local _, other = check(pick, given)
    assert.equal(one, other)
  end)

  it("runs a script anew for each pool, and what it requires as well", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write 'count = (count or 0) + 1\nassert(count == 1)\n'
    file:write 'local app = require "scripts.roundrobin"\napp.runs = (app.runs or 0) + 1\n'
    file:write 'assert(app.runs == 1)\nreturn app\n'
    file:close()
    local ok, why = check(path, with { only = "usable" })
    os.remove(path)
    assert.truthy(ok, why)
    assert.is_nil(rawget(_G, "count"))
  end)

  it("says what is wrong with a file, or with what is no policy", function()
    local _, why = check "there/is/none.lua"
    assert.matches("none.lua: .*No such file", why)
    _, why = check(7)
    assert.matches("a policy is a file, a function or a table, not a number", why)
    _, why = check { listen = ":1", pick = 7 }
    assert.matches("pick must be a function or a table with a pick", why)
  end)

  it("says why there is no policy", function()
    local _, why = check { new = function() error("no secret", 0) end }
    assert.equal("the policy: no secret", why)
    _, why = check { new = function() return 7 end }
    assert.matches("pick must be a function or a table with a pick", why)
  end)

  it("names what it does not know", function()
    local ok, why = pcall(function() local r = check(rendezvous, { pool = 3 }) return r end)
    assert.is_false(ok)
    assert.matches('check_spec.*unknown option "pool"', why)
    ok, why = pcall(function() local r = check(rendezvous, { only = "fit" }) return r end)
    assert.is_false(ok)
    assert.matches('check_spec.*no property "fit"', why)
  end)

  it("measures how long a choice takes", function()
    local report = assert(check(function(up) return up[1] end,
      { pools = 1, only = "usable", times = true }))
    for _, size in ipairs { 10, 100, 1000 } do assert.is_true(report.times[size] > 0) end
    assert.matches("a choice takes %d+%.%d+ us with 10 backends, .* with 1000", tostring(report))
  end)

  it("ends when its time is up, and says so", function()
    local report = assert(check(function(up, _, ctx) return any(up, ctx) end,
      { times = false, budget = 0 }))
    assert.same({ true, 0 }, { report.ok, report.tried })
    assert.matches("only 0 of 500 pools", report.notes[1])
  end)

  it("leaves time and chance of the machine as they were", function()
    local before = { math.random, os.time, os.clock, os.date }
    check(function(up) return up[math.random(#up)] end, with { only = "deterministic" })
    assert.same(before, { math.random, os.time, os.clock, os.date })
  end)
end)
