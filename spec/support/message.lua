--- Whole HTTP/1 messages, read from a connection. Whatever is odd is raised.

local bytes = require "spec.support.bytes"
local failure = require "spec.support.failure"
local head = require "spec.support.head"

local message = {}

local CRLF = "\r\n"
local LAST_DIGITS = 15   -- of a chunk size: more does not fit into an integer

local function odd(why)
  failure.raise_with_witnesses("odd message: " .. why)
end

--- Reads a head.
-- @tparam conn conn
-- @tparam ?number timeout
-- @treturn table see `head.parse`
function message.read_head(conn, timeout)
  local parsed, why = head.parse(conn:read_until(CRLF .. CRLF, timeout))
  return parsed or odd(why)
end

local function has_no_body(parsed, head_of)
  local status = parsed.status
  return status and (head_of == "HEAD" or status < 200 or status == 204 or status == 304
    or head_of == "CONNECT" and status < 300)
end

local function check_framing(parsed, coding, length)
  local status = parsed.status
  if type(coding) == "table" or coding and coding:lower() ~= "chunked" then
    odd("a transfer coding other than chunked")
  elseif type(length) == "table" or length and not length:match("^%d+$") then
    odd("a content length which is not one number")
  elseif coding and length then
    odd("both a transfer coding and a content length")
  elseif coding and parsed.version == "HTTP/1.0" then
    odd("a transfer coding in HTTP/1.0")
  elseif status and (status < 200 or status == 204) and (coding or length) then
    odd(("a body announced with status %d"):format(status))
  end
end

local function framing_of(parsed, head_of)
  local coding, length = parsed.fields["transfer-encoding"], parsed.fields["content-length"]
  check_framing(parsed, coding, length)
  if has_no_body(parsed, head_of) then return "none" end
  if coding then return "chunked" end
  if length then return "length" end
  return parsed.status and "close" or "none"
end

local function read_chunk_size(conn, timeout)
  local line = conn:read_until(CRLF, timeout)
  local digits = line:match("^(%x+)\r\n$")
  if not digits or #digits > LAST_DIGITS then odd("a chunk size: " .. bytes.show(line)) end
  return tonumber(digits, 16)
end

local function read_trailers(conn, timeout)
  local lines = {}
  local line = conn:read_until(CRLF, timeout)
  while line ~= CRLF do
    lines[#lines + 1] = line:sub(1, -3)
    line = conn:read_until(CRLF, timeout)
  end
  local fields, why = head.parse_fields(lines)
  if not fields then odd("in the trailers: " .. why) end
  if fields["content-length"] or fields["transfer-encoding"] or fields.host then
    odd("a field in the trailers which must not be there")
  end
  return fields
end

local function read_chunked(conn, parsed, timeout)
  local pieces, sizes = {}, {}
  local size = read_chunk_size(conn, timeout)
  while size > 0 do
    sizes[#sizes + 1] = size
    pieces[#pieces + 1] = conn:read(size, timeout)
    if conn:read(2, timeout) ~= CRLF then odd("a chunk longer than its size") end
    size = read_chunk_size(conn, timeout)
  end
  parsed.chunks = sizes
  parsed.trailers = read_trailers(conn, timeout)
  return table.concat(pieces)
end

local READ = {
  none = function() return "" end,
  length = function(conn, parsed, timeout)
    return conn:read(math.tointeger(parsed.fields["content-length"]), timeout)
  end,
  chunked = read_chunked,
  close = function(conn, _, timeout) return conn:read_all(timeout) end,
}

--- Reads the body which belongs to a head.
-- @tparam conn conn
-- @tparam table parsed the head; gets `framing` ("length", "chunked", "close" or "none"), `body`
-- and, of a chunked body, `chunks`: the list of sizes, and `trailers`: like fields
-- @tparam table options `head_of`: the method that a response answers; `timeout`
-- @treturn table the head
function message.read_body(conn, parsed, options)
  parsed.framing = framing_of(parsed, options.head_of)
  parsed.body = READ[parsed.framing](conn, parsed, options.timeout)
  return parsed
end

return message
