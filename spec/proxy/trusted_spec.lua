-- Who is believed what he says of the way that a request has come, and what becomes of it.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local GET = "GET / HTTP/1.1\r\nHost: x\r\n"
local OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

-- Where the script sees a request come from.
local SEES = [[request = function(req)
  req.headers["Seen"] = req.client.ip .. " " .. req.client.port
end,]]

describe("what is said of the way by", function()
  local line

  after_each(kit.cleanup)

  local function sent(fields, start)
    local request = line:ask((start or GET) .. fields .. "\r\n")
    line:answer(OK)
    return request.fields
  end

  -- Fields by which one could tell anything.
  local LIES = "X-Forwarded-For: 6.6.6.6\r\nx-forwarded-FOR: 7.7.7.7\r\n" ..
    "X-Forwarded-Host: evil\r\nX-FORWARDED-HOST: worse\r\nx-forwarded-proto: https\r\n" ..
    "X-Forwarded-Port: 443\r\nx-forwarded-prefix: /a\r\nX-Forwarded-Server: s\r\n" ..
    "X-Forwarded-By: b\r\nX-Forwarded-Ssl: on\r\nX-Forwarded-: -\r\n" ..
    "X-Forwarded-A-Name-That-Is-Longer-Than-Any-Other: c\r\n" ..
    "Forwarded: for=6.6.6.6;proto=https\r\nFORWARDED: host=evil\r\n"

  local function assert_only_ours(fields)
    assert.same({ "127.0.0.1", "x", "http" }, { fields["x-forwarded-for"],
      fields["x-forwarded-host"], fields["x-forwarded-proto"] })
    local others = {}
    for name in pairs(fields) do
      if name:find "forwarded" then others[#others + 1] = name end
    end
    table.sort(others)
    assert.same({ "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto" }, others)
  end

  describe("anybody", function()
    it("is replaced by what the proxy knows", function()
      line = wire.new()
      assert_only_ours(sent(LIES))
    end)

    it("is replaced though others are trusted", function()
      line = wire.new 'trusted = { "127.0.0.2", "10.0.0.0/8", "::/0" }'
      assert_only_ours(sent(LIES))
    end)

    it("is replaced though Connection names it", function()
      line = wire.new()
      assert_only_ours(sent(LIES .. "Connection: close, x-forwarded-for, X-Forwarded-Host, " ..
        "x-forwarded-proto, x-forwarded-port, forwarded\r\n"))
    end)

    it("is replaced when spoken by HTTP/1.0", function()
      line = wire.new()
      assert_only_ours(sent(LIES, "GET / HTTP/1.0\r\nHost: x\r\n"))
    end)

    it("makes the script and the log believe nothing", function()
      line = wire.new(SEES)
      local client = line:connect()
      assert.equal("127.0.0.1 " .. client.local_port, sent("X-Forwarded-For: 6.6.6.6\r\n").seen)
      line.proxy:stop()
      assert.equal(0, #line.proxy:lines "6.6.6.6")
      assert.equal(1, #line.proxy:lines("access 127.0.0.1:" .. client.local_port .. " "))
    end)

    it("does not touch what only resembles it", function()
      line = wire.new()
      local seen = sent("X-Real-IP: 1\r\nX-Forwarded: 2\r\nX-Forward-For: 3\r\n" ..
        "Forwarded-For: 4\r\nX-Forwarder: 5\r\nY-Forwarded-For: 6\r\n")
      assert.same({ "1", "2", "3", "4", "5", "6" }, { seen["x-real-ip"], seen["x-forwarded"],
        seen["x-forward-for"], seen["forwarded-for"], seen["x-forwarder"],
        seen["y-forwarded-for"] })
    end)
  end)

  describe("one who is trusted", function()
    before_each(function() line = wire.new('trusted = { "127.0.0.1" },' .. SEES) end)

    it("stays, with the proxy's own behind it", function()
      local seen = sent(LIES)
      assert.same({ "6.6.6.6, 7.7.7.7, 127.0.0.1", { "evil", "worse" }, "https", "443", "/a" }, {
        seen["x-forwarded-for"], seen["x-forwarded-host"], seen["x-forwarded-proto"],
        seen["x-forwarded-port"], seen["x-forwarded-prefix"] })
      assert.equal("for=6.6.6.6;proto=https, host=evil, for=127.0.0.1;host=x;proto=http",
        seen.forwarded)
    end)

    it("is said by the proxy where it is missing", function()
      assert_only_ours(sent "")
      local seen = sent "X-Forwarded-For: 1.1.1.1\r\n"
      assert.same({ "1.1.1.1, 127.0.0.1", "x", "http" }, { seen["x-forwarded-for"],
        seen["x-forwarded-host"], seen["x-forwarded-proto"] })
    end)

    it("leaves no gaps", function()
      local seen = sent("X-Forwarded-For:\r\nX-Forwarded-For: 1.1.1.1\r\nx-forwarded-for: \t\r\n" ..
        "Forwarded:\r\n")
      assert.same({ "1.1.1.1, 127.0.0.1", "for=127.0.0.1;host=x;proto=http" },
        { seen["x-forwarded-for"], seen.forwarded })
    end)

    it("cannot take in what the proxy adds", function()
      assert.equal("for=127.0.0.1;host=x;proto=http", sent('Forwarded: for="a\r\n').forwarded)
      assert.equal("for=127.0.0.1;host=x;proto=http", sent('Forwarded: for="a\\"\r\n').forwarded)
    end)

    it("cannot be named away by Connection, which is not his to pass on", function()
      local seen = sent("Connection: x-forwarded-for, forwarded, x-forwarded-proto\r\n" ..
        "X-Forwarded-For: 1.1.1.1\r\nForwarded: for=1.1.1.1\r\nX-Forwarded-Proto: https\r\n")
      assert.same({ "1.1.1.1, 127.0.0.1", "for=1.1.1.1, for=127.0.0.1;host=x;proto=http", "https" },
        { seen["x-forwarded-for"], seen.forwarded, seen["x-forwarded-proto"] })
    end)

    it("tells the script and the log who the client is", function()
      assert.equal("1.1.1.1 0", sent("X-Forwarded-For: 6.6.6.6, 1.1.1.1\r\n").seen)
      assert.equal("2001:db8::7 80", sent("X-Forwarded-For: [2001:db8::7]:80\r\n").seen)
      line.proxy:stop()
      assert.equal(1, #line.proxy:lines 'access 1%.1%.1%.1:0 "GET / ')
      assert.equal(1, #line.proxy:lines 'access %[2001:db8::7%]:80 "GET / ')
    end)

    it("tells nothing by what is no address", function()
      local client = line:connect()
      for _, value in ipairs { "unknown", "_x", "1.1.1", "1.1.1.1:x", "a.org", "1.1.1.1/8" } do
        assert.equal("127.0.0.1 " .. client.local_port,
          sent("X-Forwarded-For: 6.6.6.6, " .. value .. "\r\n").seen)
      end
      local seen = sent "X-Forwarded-For: 1.1.1.1, unknown\r\n"
      assert.equal("1.1.1.1, unknown, 127.0.0.1", seen["x-forwarded-for"])
    end)

    it("is anew with each request", function()
      local client = line:connect()
      assert.equal("1.1.1.1 0", sent("X-Forwarded-For: 1.1.1.1\r\n").seen)
      assert.equal("127.0.0.1 " .. client.local_port, sent("").seen)
      assert.equal("2.2.2.2 0", sent("X-Forwarded-For: 2.2.2.2\r\n").seen)
    end)

    it("names the client of a request that is refused", function()
      line = wire.new 'trusted = { "127.0.0.0/8" }, limits = { body = 1 }'
      line:send("POST / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.1.1.1\r\n" ..
        "Content-Length: 2\r\n\r\n")
      assert.equal(413, line.client:read_message().status)
      line.proxy:wait_line "refused 1%.1%.1%.1:0: 413"
    end)
  end)

  it("several who are trusted is followed back to the first who is not", function()
    line = wire.new('trusted = { "127.0.0.0/8", "10.0.0.0/8", "fd00::/8" },' .. SEES)
    for value, expected in pairs {
      ["6.6.6.6, 1.1.1.1, 10.0.0.1,fd00::1 , 127.0.0.9"] = "1.1.1.1 0",
      ["10.0.0.2, 10.0.0.1"] = "10.0.0.2 0",
      ["1.1.1.1, junk, 10.0.0.1"] = "10.0.0.1 0",
      ["1.1.1.1, , 10.0.0.1,,"] = "1.1.1.1 0",
    } do
      local seen = sent("X-Forwarded-For: " .. value .. "\r\n")
      assert.equal(expected, seen.seen, value)
    end
    assert.equal("1.1.1.1 0", sent("X-Forwarded-For: 6.6.6.6, 1.1.1.1\r\nA: b\r\n" ..
      "x-forwarded-for: 10.0.0.1\r\n").seen)
  end)

  it("whoever it is, the script may say otherwise", function()
    for _, trusted in ipairs { "{}", '{ "127.0.0.1" }' } do
      line = wire.new("trusted = " .. trusted .. [[, request = function(req)
        req.headers["X-Forwarded-Port"] = "81"
        req.headers["Forwarded"] = "for=script"
        req.headers["X-Forwarded-Proto"] = "https"
        req.headers["X-Forwarded-For"] = "9.9.9.9"
      end]])
      local seen = sent(LIES)
      assert.same({ "81", "for=script", "https", "9.9.9.9, 127.0.0.1" }, {
        seen["x-forwarded-port"], seen.forwarded, seen["x-forwarded-proto"],
        seen["x-forwarded-for"] })
    end
  end)

  it("a name with underscores is refused, however long", function()
    line = wire.new 'trusted = { "127.0.0.1" }'
    for _, name in ipairs { "X_Forwarded_Port", "x-forwarded_prefix", "X_FORWARDED-Server",
      "X_Forwarded_For", "X_Forwarded_A_Name_That_Is_Longer_Than_Any_Other" } do
      line:send(GET .. name .. ": 1\r\n\r\n")
      assert.equal(400, line.client:read_message().status, name)
      line.client:expect_eof()
    end
    assert.equal("/probe", line:probe().target)
  end)
end)

describe("Forwarded with addresses that need quotes", function()
  after_each(kit.cleanup)

  it("has them", function()
    local backend = kit.listener()
    local proxy = kit.proxy { script = [[return { listen = "[::1]:0", backends = { "%s" },
      health = false, trusted = "::1" }]], backend }
    local client = proxy:connect()
    client:send "GET / HTTP/1.1\r\nHost: [::1]:80\r\nForwarded: for=a\r\n\r\n"
    local seen = backend:accept():read_message().fields
    assert.same({ 'for=a, for="[::1]";host="[::1]:80";proto=http', "::1" },
      { seen.forwarded, seen["x-forwarded-for"] })
  end)
end)
