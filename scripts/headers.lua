-- Headers: each request has an id, which the backend and the client are told; nobody outside can
-- pretend to be inside; the client hears which backend has answered, and not what that runs.
-- Without `pick`, backends take turns.
-- luaproxy scripts/headers.lua [LISTEN [BACKEND...]]

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

return {
  listen = listen,
  backends = backends,
  request = function(req)
    req.headers["X-Request-Id"] = req.id -- whatever the client has sent
    req.headers["X-Internal-User"] = nil -- and this is for backends to tell each other
  end,
  response = function(res, req)
    res.headers["X-Request-Id"] = req.id
    res.headers["X-Backend"] = req.backend.id
    res.headers["Server"] = nil
  end,
}
