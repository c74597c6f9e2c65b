"""What the simulated platform does, one module an area: state and handlers of the endpoints of the same name in `wechat.endpoints`."""
