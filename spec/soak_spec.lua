-- What a soak makes of what it has seen.

local verdict = require "tests.tools.soak.verdict"

-- The faults of one request that was answered, and one of KIND that failed.
local function faults_after(why, must, began, excused)
  local v = verdict.new()
  v:answer("get", 200)
  if excused then v:excuse(0, excused) end
  v:fail("get", why, must, began or 10)
  return v:faults()
end

describe("the verdict of a soak", function()
  it("is good if all that must be answered was", function()
    local v = verdict.new()
    v:answer("get", 200)
    v:fail("bad", "the connection ended (eof) awaiting a head", false, 0)
    assert.same({}, v:faults())
    assert.equal("bad cut 1", v:describe_failures())
    assert.equal("get 200 1", v:describe_answers())
  end)

  it("is bad if nothing was answered", function()
    assert.same({ "no request was answered" }, verdict.new():faults())
  end)

  it("is bad if a request was cut that must be answered", function()
    local why = "the connection ended (reset) awaiting a head\nsaid: much more"
    assert.same({ "get: the connection ended (reset) awaiting a head" }, faults_after(why, true))
    assert.same({}, faults_after(why, false))
  end)

  it("is bad if anything was late", function()
    assert.equal(1, #faults_after("10 s passed awaiting a head", false))
  end)

  it("is bad if what came is wrong, even where requests may fail", function()
    assert.equal(1, #faults_after("odd message: bare CR", false, 1, 5))
    assert.equal(1, #faults_after("wrong body", false, 1, 5))
    assert.equal(1, #faults_after("attempt to index a nil value", false, 1, 5))
  end)

  it("excuses requests that began while something was missing", function()
    assert.same({}, faults_after("cannot connect to x", true, 4, 5))
    assert.equal(1, #faults_after("cannot connect to x", true, 6, 5))
  end)

  it("tells only so many mistakes, and counts the others", function()
    local v = verdict.new()
    v:answer("get", 200)
    for i = 1, 25 do v:mistake("mistake " .. i) end
    local faults = v:faults()
    assert.equal(21, #faults)
    assert.equal("and 5 more", faults[21])
  end)
end)

describe("the memory of a soak", function()
  local function growth_of(samples)
    local v = verdict.new()
    for _, sample in ipairs(samples) do v:sample(sample) end
    return v:growth()
  end

  it("may go up and down", function()
    assert.is_false(growth_of { 100000, 120000, 90000, 160000, 170000, 110000, 112000, 130000,
      99000 })
  end)

  it("may not be more at the end than at the beginning", function()
    local grown, before, after = growth_of { 100000, 101000, 102000, 120000, 125000, 126000,
      130000, 131000, 132000 }
    assert.is_true(grown)
    assert.equal(101000, before)
    assert.equal(131000, after)
  end)

  it("says nothing as long as there is hardly any", function()
    assert.is_false(growth_of { 1, 1000000 })
  end)
end)
