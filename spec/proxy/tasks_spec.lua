-- What a script has done every so often: it may wait, and nobody else waits for it.

local kit = require "spec.support.kit"
local load = require "spec.support.load"

-- A proxy before a backend, with these entries of `every`; "%s" in them is the address of OTHER.
local function start(every, other)
  local a = kit.backend { name = "a" }
  local script = [[
    local luaproxy = require "luaproxy"
    return { listen = "127.0.0.1:0", backends = { "%s" }, every = { ]] .. every .. " } }"
  return kit.proxy { a, other, script = script, options = { "--log-level", "info" } }
end

describe("a background task", function()
  after_each(kit.cleanup)

  it("runs when the proxy serves, and again and again", function()
    local proxy = start '[0.05] = function(ctx) print("it is " .. ctx.now) end'
    local first = tonumber(proxy:wait_line "script: it is ([%d.]+)")
    local last = first
    for _ = 1, 3 do last = tonumber(proxy:wait_line "script: it is ([%d.]+)") end
    assert.is_true(last - first >= 0.15 and last - first < 2)
    assert.equal("a", proxy:get("/").body)
  end)

  it("sleeps, and others run meanwhile", function()
    local proxy = start [[
      [60] = function() luaproxy.sleep(0.2) print "slow" end,
      [61] = function() luaproxy.sleep(0.1) print "quick" end,
      [62] = function() print "at once" end,
    ]]
    assert.equal("at once", proxy:wait_line "script: (.*)")
    assert.equal("quick", proxy:wait_line "script: (.*)")
    assert.equal("slow", proxy:wait_line "script: (.*)")
  end)

  it("that fails is logged, comes again, and hurts nobody", function()
    local proxy = start [[
      [0.05] = function() error "oh" end,
      [0.06] = function() luaproxy.sleep(0.01) local x = nil + 1 end,
    ]]
    proxy:wait_line "warn +every%[0.05%] failed, it begins again later: .*:2: oh | stack traceback"
    proxy:wait_line("warn +every%[0.06%] failed, it begins again later: .*:3: " ..
      "attempt to perform arithmetic")
    proxy:wait_line "error +every%[0.05%] is tripped"
    assert.equal("a", proxy:get("/").body)
  end)

  it("that waits does not keep the proxy from ending", function()
    local backend = kit.listener()
    local proxy = start([[
      [60] = function() luaproxy.sleep(1000) end,
      [61] = function() luaproxy.http("http://%s/") end,
    ]], backend)
    backend:accept():read_message()
    local began = kit.now()
    assert.equal(0, (proxy:stop()))
    assert.is_true(kit.now() - began < 2)
  end)

  it("is counted, and checked, by --check", function()
    local script = 'return { listen = ":0", backends = { "127.0.0.1:80" }, every = { [5] = %s } }'
    local _, out = kit.run { "print", script = script, options = { "--check" } }
    assert.matches("\n  every     1 task\n", out)
    local code, _, err = kit.run { "5", script = script, options = { "--check" } }
    assert.equal(1, code)
    assert.matches(":1: every: %[5%] must be a function, not a number\n", err)
  end)
end)

describe("a request of a background task", function()
  after_each(kit.cleanup)

  it("has method, headers and body, and its response too", function()
    local other = kit.backend {
      status = 202, fields = { ["X-A"] = "1" }, body = { "two ", "chunks" },
    }
    local proxy = start([[
      [60] = function()
        local r = luaproxy.http("http://%s/a?b", {
          method = "POST", headers = { ["X-Key"] = "k" }, body = "hello",
        })
        print(r.status, r.headers["x-a"], r.body)
      end,
    ]], other)
    assert.equal("202 1 two chunks", proxy:wait_line "script: (.*)")
    local request = other:wait_request(1)
    assert.same({ "POST", "/a?b", "hello", "k", "close", other.addr }, {
      request.method, request.target, request.body, request.fields["x-key"],
      request.fields.connection, request.fields.host,
    })
  end)

  it("says why there is no response", function()
    local proxy = start([[
      [60] = function() print("1", luaproxy.http("http://127.0.0.1:%s/")) end,
      [61] = function() print("2", luaproxy.http("https://a.example/")) end,
      [62] = function() print("3", luaproxy.http("http://localhost/\n")) end,
      [63] = function() print("4", luaproxy.http("http://name.invalid/")) end,
    ]], kit.closed_port())
    proxy:wait_line "script: 1 nil connection refused$"
    proxy:wait_line "script: 2 nil https is not spoken, only http$"
    proxy:wait_line "script: 3 nil a URL must be printable ASCII without blanks$"
    proxy:wait_line "script: 4 nil [%l ]+$"
  end)

  it("is late when nobody answers in time", function()
    local proxy = start([[
      [60] = function() print(luaproxy.http("http://%s/", { timeout = 0.1 })) end,
    ]], kit.listener())
    proxy:wait_line "script: nil timed out$"
  end)

  it("is told of a response that is not one", function()
    local proxy = start([[
      [60] = function() print(luaproxy.http("http://%s/")) end,
    ]], kit.backend { handler = function(_, conn) conn:send "SSH-2.0-OpenSSH\r\n\r\n" end })
    proxy:wait_line "script: nil malformed response$"
  end)
end)

describe("a thousand tasks that wait", function()
  after_each(kit.cleanup)

  it("let requests go on", function()
    local a = kit.backend { name = "a" }
    local proxy = kit.proxy { a, script = [[
      local luaproxy = require "luaproxy"
      local every, waiting = {}, 0
      for i = 1, 1000 do
        every[60 + i] = function()
          waiting = waiting + 1
          if waiting == 1000 then print "all wait" end
          while true do luaproxy.sleep(0.1) end
        end
      end
      return { listen = "127.0.0.1:0", backends = { "%s" }, every = every }
    ]] }
    proxy:wait_line "script: all wait"
    local clients = load.start(proxy, { clients = 4 })
    clients:wait_answers(400)
    assert.same({}, clients:stop().failed)
    assert.equal(0, (proxy:stop()))
  end)
end)
