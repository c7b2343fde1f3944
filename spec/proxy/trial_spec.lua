-- --check tries a script with made-up requests, without a network.

local kit = require "spec.support.kit"

-- What --check says of a script with these keys: the code, what was understood, what is wrong.
local function check(keys)
  local script = ('return { listen = ":8080", backends = { "a.invalid:80" }, %s }'):format(keys)
  return kit.run { script = script:gsub("a%.invalid:80", "127.0.0.1:9001\", \"127.0.0.1:9002"),
    options = { "--check" }, timeout = 60 }
end

describe("--check", function()
  after_each(kit.cleanup)

  it("is content with a script that does as it should", function()
    local code, out, err = check "pick = function(up, _, ctx) return up[ctx.random(#up)] end"
    assert.same({ 0, "" }, { code, err })
    assert.matches("\n  note      a choice takes [%d.]+ us with 10 backends", out)
  end)

  for _, case in ipairs {
    { "pick that fails for some requests", "pick = function(up, r) return up[#r.headers.x] end",
      "script%.lua: pick of pool default failed: .*attempt to get length of a nil value" },
    { "pick that returns anything", "pick = function() return 7 end", "script%.lua: pick of pool" },
    { "request hook that fails", "request = function(req) return req.headers.x:len() end",
      "script%.lua: request failed: .*nil value" },
    { "request hook with a strange answer", "request = function() return { status = 7 } end",
      "script%.lua: request" },
    { "response hook that fails", "response = function(res) res.headers.x = res.no.name end",
      "script%.lua: response failed: .*nil value" },
    { "hook that sets what frames a message",
      "request = function(r) r.headers['Content-Length'] = '1' end",
      "script%.lua: request failed: .*Content%-Length" },
    { "function that never comes back", "pick = function() while true do end end",
      "script%.lua: .*took longer than" },
  } do
    local what, keys, why = table.unpack(case)
    it("finds a " .. what, function()
      local code, out, err = check(keys)
      assert.equal(1, code)
      assert.matches("ok\n", out)
      assert.matches(why, err)
    end)
  end

  it("keeps what the script prints to itself", function()
    local code, out, err = check "pick = function(up) print 'hello' return up[1] end"
    assert.same({ 0, "" }, { code, err })
    assert.is_nil(out:find("hello", 1, true))
  end)
end)
