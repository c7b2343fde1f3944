--- One TCP connection as a spec sees it.
--
-- Bytes are taken from the kernel as they come and lie in the inbox until the spec reads them:
--
--     kernel ──on_read──> inbox ──read, expect …──> spec
--
-- except while the connection is paused: then they stay in the kernel, and the window closes.

local failure = require "spec.support.failure"
local inbox = require "spec.support.inbox"
local loop = require "spec.support.loop"
local message = require "spec.support.message"
local reading = require "spec.support.reading"

local conn = setmetatable({}, { __index = reading })
conn.__index = conn

-- A reset that comes together with the last bytes is an eof to uv, but not to the kernel.
local function was_reset(self)
  local _, _, name = self.handle:try_write ""
  return name == "ECONNRESET"
end

local function on_read(self, err, piece)
  if piece then
    self.inbox:add(piece)
  elseif self.lost or err == "ECONNRESET" or not err and was_reset(self) then
    self.inbox.ended = "reset"
  else
    self.inbox.ended = err or "eof"
  end
end

-- That the peer has reset the connection may be told to the writer instead of the reader. What
-- had come before can still be read, so the connection has not ended yet.
local function on_written(self, n, err)
  self.queued = self.queued - n
  self.write_error = self.write_error or err
  if err == "ECONNRESET" or err == "EPIPE" then self.lost = true end
end

local function mark_closed(self)
  self.closed = true
  self.inbox.ended = self.inbox.ended or "closed"
end

--- Wraps a connected uv handle.
-- @param handle of uv
-- @tparam ?table options `paused = true`: nothing is read until `resume`
-- @treturn conn with `.local_port`, `.remote_port`
function conn.new(handle, options)
  local here, there = handle:getsockname(), handle:getpeername()
  local self = setmetatable({
    handle = handle, inbox = inbox.new(), queued = 0, paused = true,
    local_port = here and here.port, remote_port = there and there.port,
  }, conn)
  if not (options and options.paused) then self:resume() end
  return self
end

--- Raises if the spec has closed the connection itself.
function conn:check_open()
  if self.closed then failure.raise("the spec has closed this connection") end
end

--- Reads again.
function conn:resume()
  self:check_open()
  self.paused = false
  if not self.inbox.ended then
    self.handle:read_start(function(err, piece) on_read(self, err, piece) end)
  end
end

--- Leaves what comes in the kernel, until its buffers are full.
function conn:pause()
  self:check_open()
  self.paused = true
  self.handle:read_stop()
end

--- Queues bytes and returns at once; they are sent while any call waits.
-- @tparam string s
function conn:post(s)
  self:check_open()
  self.queued = self.queued + #s
  local ok, err, name = self.handle:write(s, function(failed) on_written(self, #s, failed) end)
  if not ok then on_written(self, #s, name or err) end
end

--- Sends bytes and waits until the kernel has taken all that was queued.
-- @tparam string s
-- @tparam ?number timeout
function conn:send(s, timeout)
  self:post(s)
  loop.wait(("%d bytes to be sent"):format(#s), function()
    if self.write_error then
      self.cut = true
      failure.raise_with_witnesses("cannot send: " .. self.write_error)
    end
    return self.queued == 0
  end, timeout, function() return self:unsent() .. " bytes are unsent" end)
end

--- How many bytes the kernel has not taken yet: its buffers are full, since the peer does not read.
-- @treturn number
function conn:unsent()
  return self.handle:get_write_queue_size()
end

--- What has come and was not read yet, without waiting.
-- @treturn string
function conn:buffered()
  return self.inbox:peek()
end

--- Reads the head of a request or response.
-- @tparam ?number timeout
-- @treturn table see `head.parse`
function conn:read_head(timeout)
  return message.read_head(self, timeout)
end

--- Reads a whole request or response, and raises on anything odd.
-- @tparam ?table options `head_of`: the method a response answers; `timeout`
-- @treturn table the head with `body`, `framing`, `chunks`, `trailers`
function conn:read_message(options)
  options = options or {}
  return message.read_body(self, message.read_head(self, options.timeout), options)
end

--- Reads the body that belongs to a head which was read before.
-- @tparam table head of `read_head`; gets the fields of `read_message`
-- @tparam ?table options as for `read_message`
-- @treturn table the head
function conn:read_body(head, options)
  return message.read_body(self, head, options or {})
end

--- Says that nothing more will be sent (FIN), and waits until that is sent. Reading goes on.
-- @tparam ?number timeout
function conn:shutdown(timeout)
  self:check_open()
  local done, failed
  local ok, err = self.handle:shutdown(function(why) done, failed = true, why end)
  if ok then loop.wait("FIN to be sent", function() return done end, timeout) end
  if not ok or failed then failure.raise("cannot shut down: " .. (failed or err)) end
end

--- Closes. What was queued and not sent is lost; the kernel sends RST if something was not read.
function conn:close()
  if not self.handle:is_closing() then self.handle:close() end
  mark_closed(self)
end

--- Closes with RST.
function conn:reset()
  self:check_open()
  self.handle:close_reset()
  mark_closed(self)
end

return conn
